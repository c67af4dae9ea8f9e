// Package loop drives a cluster: it issues the operations of a generator, records how they
// end, and injects and heals the faults of a schedule. Live runs and simulated campaigns use
// the same loop; a real clock and a virtual one look alike to it. It reads no clock, starts
// no goroutine and reaches no verdict.
//
//	loop.go      Loop: one goroutine that issues, records and lets tasks act when they are due
//	clients.go   the clients by slot, and the processes that take turns in a slot
//	recorder.go  Recorder: where what happens is written down
//	injector.go  Injector: a task that carries out a schedule
package loop
