// Package local runs a cluster as child processes on 127.0.0.1, without root and
// without Docker. Between each two nodes stands a proxy, which the network faults
// work on; kills and pauses are signals. It cannot slow a clock or damage a disk.
// Start at Runtime.Start.
//
//	runtime.go  Options, Runtime: what is offered, and the start as a whole
//	cluster.go  Cluster: faults, logs, Close, Detach
//	node.go     one node over all its lives
//	process.go  one life: signals, and the proof that they are in force
//	port.go     ports that nobody else gets
//	proxy.go    the connections that one node dials to another
//	link.go     what passes from one node to another, and what is dropped
//	orphans.go  Heal: what a dead harness left behind
package local
