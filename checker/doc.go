// Package checker decides whether a history is what its model allows. It reads no
// files, looks at no clock, starts no goroutine of its own and never sees a cluster.
// What it cannot decide within its limits is Unknown, never Valid. Start at
// Property.
package checker
