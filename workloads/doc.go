// Package workloads says what clients do and what judges them: one workload a file.
// Generators are pure; a simulated clock drives them in tests and in the simulator, the run
// loop of the harness in real runs.
//
//	workload.go    Workload, and the Phases of a run
//	generator.go   Generator: what one can be asked, and what it sees
//	generators.go  generators that wrap others: a pace, a rest after a failure
//	finalreads.go  the generator that reads every key once more
//	options.go     Options of a run
//	register.go    the workload of single registers
package workloads
