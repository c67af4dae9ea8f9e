package explore

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Options bound an exploration.
type Options struct {
	Depth   int // how many actions to follow, at least 1
	Nodes   int // servers, 2 to NodesMax
	Terms   int // how many terms there may be beyond the first, 0 to TermsMax
	Entries int // how many entries clients may propose, 0 to EntriesMax
	States  int // how many different states to find at most; 0 is no limit
	// MemoryBytes is about how much memory to take at most; 0 is no limit.
	MemoryBytes int
	// PreVotes explores the pre-vote phase too. Else whoever times out campaigns at once.
	PreVotes bool
	// Completed, if set, is called each time a depth is completed.
	Completed func(Progress)
}

// The largest cluster that can be explored.
const (
	NodesMax   = 5
	TermsMax   = 6
	EntriesMax = 9
)

func (o Options) validate() error {
	for _, b := range []struct {
		name            string
		value, min, max int
	}{
		{"depth", o.Depth, 1, 1000},
		{"nodes", o.Nodes, 2, NodesMax},
		{"terms", o.Terms, 0, TermsMax},
		{"entries", o.Entries, 0, EntriesMax},
		{"states", o.States, 0, math.MaxInt},
		{"memory", o.MemoryBytes, 0, math.MaxInt},
	} {
		if b.value < b.min || b.value > b.max {
			return fmt.Errorf("%s %d: choose %d to %d", b.name, b.value, b.min, b.max)
		}
	}
	return nil
}

// Progress is how far an exploration has come.
type Progress struct {
	Depth       int // every state that as many actions lead to was found and checked
	States      int // that differ in more than the names of servers
	Transitions int // actions that changed the state they were taken in
}

// Result is what an exploration found.
type Result struct {
	Progress
	// Exhausted says that no action leads anywhere new any more, at whatever depth.
	Exhausted bool
	Violation *Violation // nil if none was found
	// Stopped says why the depth asked for was not completed: ErrStates, ErrMemory or the
	// context's error. It is nil if it was, or if a violation was found. Else Followed of the
	// Waiting states that are new at Depth were followed further.
	Stopped           error
	Followed, Waiting int
}

// Why an exploration stops early.
var (
	// ErrStates means that Options.States different states were found.
	ErrStates = errors.New("as many states as allowed were found")
	// ErrMemory means that Options.MemoryBytes are in use.
	ErrMemory = errors.New("as much memory as allowed is in use")
)

// Violation is a broken invariant. No shorter way leads to any.
type Violation struct {
	Invariant string   // such as "I1, election safety (§5.2)"
	Text      string   // what is wrong, in a sentence
	Trace     []string // the actions that lead there, in words
	State     []string // where they lead, a line for each server
}

// Run explores breadth first until the depth is completed, an invariant is broken, or a limit is
// reached. The same options give the same result, unless ctx ends. The error says which option
// is out of bounds.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.validate(); err != nil {
		return Result{}, err
	}
	return newExplorer(o, deviations{}).run(ctx), nil
}
