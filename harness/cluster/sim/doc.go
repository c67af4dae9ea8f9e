// Package sim runs the reference node's own code on virtual time: a single-threaded loop
// over events, a network, disks and clocks that can be disturbed, and clients. The same
// options and the same calls give the same run, byte for byte. It reads no clock, starts
// no goroutine, and draws nothing that does not follow from its seed. Start at World;
// Cluster makes one a cluster.Cluster for the run loop.
//
//	world.go     World: options, the loop over events, findings
//	queue.go     events in the order of time, then of their push
//	draw.go      random numbers that are functions of a key
//	server.go    a node slot and the server in it: lives, inbox, one step of the replica
//	network.go   links: delay, loss, order, and what faults do to them
//	disk.go      a disk beside its server: syncs, crashes, rot
//	clock.go     clocks that drift and jump
//	client.go    clients and their operations
//	faults.go    what faults do: kill, pause, cut, disturb
//	members.go   changes of the members, transfers, replacements
//	settle.go    the phase after the faults, in which a majority must get on
//	task.go      actions that take virtual time, as coroutines
//	trace.go     what happened, message by message, for people
//	runtime.go   Runtime and Cluster: the world as a cluster.Cluster
//	invariants/  the rules of the paper, judged at every step
package sim
