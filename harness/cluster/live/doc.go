// Package live is what all runtimes with a real clock have in common: the clock, one
// worker for each client process, actions beside them, and the queue of completions.
// It starts and stops no nodes and knows no faults: runtimes embed a Shell and add
// those. Start at Shell.
//
//	shell.go    Shell: clock, operations, actions, completions
//	worker.go   the operations of one process
//	nodes.go    what is done to several nodes, and waiting until a node answers
//	equip.go    what is offered for a system, and what a cluster can do because of it
//	members.go  membership and leadership, changed through the leader
package live
