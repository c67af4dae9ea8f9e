package workloads

import (
	"senkei/checker"
	"senkei/history"
)

// Workload is what clients do and what judges the history they leave.
type Workload struct {
	Name    string
	Summary string // one line for `senkei workloads`
	// Funcs are the functions it uses. A run in which one of them never succeeded
	// proves nothing.
	Funcs []history.Func
	// Generator makes the main phase.
	Generator func(o Options) Generator
	// FinalReads makes the phase after the faults are healed: it reads what the run
	// wrote, given the main phase's generator.
	FinalReads func(o Options, main Generator) Generator
	// Check judges a whole history within the limits.
	Check func(lim checker.Limits) checker.Checker
}

// Options are the run's parameters that a workload may use.
type Options struct {
	Clients   int     // slots, at least 1
	Nodes     int     // nodes under test, at least 1; slot i speaks to node i mod Nodes
	Keys      int     // keys in use at the same time, at least 1
	OpsPerKey int     // operations on a key before a new key takes its place, at least 1
	Rate      float64 // operations a second over all clients; 0 means as fast as they are answered
}
