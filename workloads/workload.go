package workloads

import (
	"context"
	"io"

	"senkei/checker"
	"senkei/history"
)

// Workload is what clients do and what judges the history they leave.
type Workload struct {
	Name    string
	Summary string // one line for `senkei workloads`
	// Functions are those that it uses. A run in which one of them never succeeded proves
	// nothing.
	Functions []history.Func
	// Property is what must hold of the history. One that is a checker.Keyed is judged key by
	// key, and while the run goes on.
	Property checker.Property
	// Phases begins a run, from valid options. What the phases know of each other is theirs.
	Phases func(o Options) Phases
	// Timeline draws one key's operations as a self-contained HTML page; nil draws nothing.
	Timeline func(ctx context.Context, h history.History, lim checker.Limits, w io.Writer) error
}

// Phases are what clients do in one run.
type Phases struct {
	Main Generator // under faults; it need not end by itself
	// Final makes the phase after the faults are healed, once Main is asked no more: it reads
	// what the run wrote.
	Final func() Generator
	// Retired reports whether nothing but a final operation of a key follows, so that the key
	// can be judged; nil where nobody can tell.
	Retired func(key string) bool
}
