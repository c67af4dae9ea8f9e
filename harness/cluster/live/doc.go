// Package live is what all runtimes with a real clock have in common: the clock, one
// worker for each client process, actions beside them, and the queue of completions.
// It starts and stops no nodes and knows no faults: runtimes embed a Shell and add
// those. Start at Shell.
package live
