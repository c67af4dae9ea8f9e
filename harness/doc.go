// Package harness runs a test and judges what it left: Run drives a cluster under faults and
// writes a run directory, Judge reaches the verdict from that directory alone. It knows no
// concrete system, runtime or workload; cmd/senkei puts those together.
//
//	run.go           Run: the phases of a live run, over package loop
//	poller.go        a task of the loop that asks the nodes who leads, and whether they serve
//	online.go        judges keys while the run goes on
//	progress.go      a task of the loop that shows how far the run is
//	observations.go  the log of what the nodes answered
//	judge.go         Judge, and JudgeHistory for a history without a run
//	properties.go    what a run is judged by beside its workload's property
//	keys.go          spreads a property over keys and processors; nothing waits for a stuck model
//	guard.go         bounds the memory of a judgement
//	test.go          Test and Result, the contents of test.json and result.json
//	rundir.go        the run directory
//	simulated.go     a simulated run in the same form
package harness
