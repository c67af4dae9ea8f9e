// Package checker decides whether a history is what its model allows. It reads no
// files, prints nothing, looks at no clock and never sees a cluster. What it cannot
// decide within its limits is Unknown, never Valid. Start at Linearizable.
package checker
