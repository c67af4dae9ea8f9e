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
	// Funcs are the functions it uses. A run in which one of them never succeeded
	// proves nothing.
	Funcs []history.Func
	// Generator makes the main phase, which never ends by itself, from valid options.
	Generator func(o Options) Generator
	// FinalReads makes the phase after the faults are healed: it reads what the run
	// wrote, given the main phase's generator.
	FinalReads func(o Options, main Generator) Generator
	// Property judges a whole history, or one key of it.
	Property checker.Keyed
	// Visualize writes a picture of one key's operations as a self-contained HTML page.
	Visualize func(ctx context.Context, lim checker.Limits, h history.History, w io.Writer) error
}
