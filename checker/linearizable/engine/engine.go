package engine

import (
	"context"
	"errors"
	"senkei/checker"
)

// Answer is how a search ended.
type Answer uint8

const (
	Undecided Answer = iota // it has not ended
	Silent                  // it cannot tell
	OutOfTime
	OutOfMemory
	Illegal
	Legal
)

// Engine is one way to decide whether operations can be put into a legal order. It works in
// turns, so that several can compete.
type Engine interface {
	Name() string
	// Turn goes on for about so many steps of the model, and returns how the search ended,
	// or Undecided. Once it has ended, Turn is not called again. A turn that ctx ends, or
	// that holds more than so many bytes, ends the search.
	Turn(ctx context.Context, steps int, bytes int64) Answer
	// Reached returns how many beginnings and ends of operations the search has found a legal
	// order for; Unreached where it cannot tell.
	Reached() int
}

// MaxSteps is more than any search takes.
const MaxSteps = 1 << 62

// Progress is how far an engine had come after the last round.
type Progress struct {
	Events int // that it has reached
	Over   bool
}

// Between is after about how many configurations a search looks at its budget.
const Between = 64

// CountMax is the most operations that are searched, and the most configurations, choices and
// states that a search may hold: their numbers are of 32 bits, and some more come between two
// looks at the budget. Beyond is a number of bytes that is more than any budget, a few of
// which can be added up.
const (
	CountMax = 1 << 30
	Beyond   = int64(1) << 60
)

// Spent reports whether a budget is used up by a search that holds so many bytes.
func Spent(ctx context.Context, held, bytes int64) Answer {
	if held > bytes {
		return OutOfMemory
	}
	return Ended(ctx)
}

// Ended returns in which way a context has ended, or undecided.
func Ended(ctx context.Context) Answer {
	switch {
	case ctx.Err() == nil:
		return Undecided
	case errors.Is(context.Cause(ctx), checker.ErrMemory):
		return OutOfMemory
	default:
		return OutOfTime
	}
}

// Unreached is what an engine says that cannot tell how far it got.
const Unreached = -1
