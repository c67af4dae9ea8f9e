package linearizable

import (
	"context"
	"errors"
	"senkei/checker"
)

// answer is how a search ended.
type answer uint8

const (
	undecided answer = iota // it has not ended
	silent                  // it cannot tell
	outOfTime
	outOfMemory
	illegal
	legal
)

// search is one way to decide whether the operations of a timeline can be ordered, which
// goes on in turns so that several can compete.
type search interface {
	name() string
	// turn goes on for about so many steps of the model, and returns how the search ended
	// or undecided. Once it has ended, turn is not called again. A turn that ctx ends, or
	// that holds more than so many bytes, ends the search.
	turn(ctx context.Context, steps int, bytes int64) answer
	// reached returns how many beginnings and ends of operations the search has found a legal
	// order for; none where it cannot tell.
	reached() int
}

// between is after about how many configurations a search looks at its budget.
const between = 64

// countMax is the most operations that are searched, and the most configurations, choices and
// states that a search may hold: their numbers are of 32 bits, and some more come between two
// looks at the budget. beyond is a number of bytes that is more than any budget, a few of
// which can be added up.
const (
	countMax = 1 << 30
	beyond   = int64(1) << 60
)

// spent reports whether a budget is used up by a search that holds so many bytes.
func spent(ctx context.Context, held, bytes int64) answer {
	if held > bytes {
		return outOfMemory
	}
	return ended(ctx)
}

// ended returns in which way a context has ended, or undecided.
func ended(ctx context.Context) answer {
	switch {
	case ctx.Err() == nil:
		return undecided
	case errors.Is(context.Cause(ctx), checker.ErrMemory):
		return outOfMemory
	default:
		return outOfTime
	}
}
