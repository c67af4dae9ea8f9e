// Package local runs a cluster as child processes on 127.0.0.1, without root and
// without Docker. Between each two nodes stands a proxy, which the network faults
// work on; kills and pauses are signals. It cannot slow a clock or damage a disk.
// Start at Runtime.Start; what a dead harness left behind is found in orphans.go.
package local
