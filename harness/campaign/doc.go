// Package campaign runs plans on the simulated cluster: it draws a plan from a seed,
// carries it out, judges what happened, and shrinks a plan that fails. A plan is data; what
// comes of it is a function of the plan and the node's code alone. It starts no process and
// writes no file. Start at MakePlan and Run.
//
//	plan.go        Plan, and how it is written and read
//	profile.go     MakePlan and the families of plans
//	operations.go  draws what clients do
//	run.go         Run: the phases of a run, over package loop; Outcome
//	replay.go      the generator that issues a plan's operations, and the recorder in memory
//	failure.go     Failure, the content of failure.json
//	shrink.go      Shrink: a smaller plan that fails in the same way
//	record.go      an outcome as a simulated run that can be judged and shown
//	story.go       a plan in sentences
//	runtime.go     simulated clusters for live runs
package campaign
