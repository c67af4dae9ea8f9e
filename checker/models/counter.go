package models

import (
	"fmt"
	"math"

	"senkei/checker/model"
	"senkei/history"
)

// Counter is a number that begins at 0, is added to and read. A read may say nothing
// instead of 0, as a store does in which the counter does not exist yet.
type Counter struct{}

var _ model.Hinter[int64] = Counter{}

// addendMax bounds what is added at once, so that no history that fits into memory can make
// the sum overflow.
const addendMax = 1_000_000_000_000

// ID returns "counter".
func (Counter) ID() string { return "counter" }

// Name returns "counter".
func (Counter) Name() string { return "counter" }

// Admit knows read, and add of a whole number of at most twelve zeros.
func (Counter) Admit(in history.Input) error {
	if _, ok := whole(in.Value, addendMax); in.F == history.Add && !ok {
		return fmt.Errorf("%s is not a whole number from -%d to %d", in.Value, addendMax, addendMax)
	}
	return only(in, history.Add, history.Read)
}

// Hints returns what is known of its operations.
func (Counter) Hints() model.Hints[int64] {
	return model.Hints[int64]{Kind: observing(history.Read), Removable: removableReads(history.Read)}
}

// Init returns 0.
func (Counter) Init() int64 { return 0 }

// Step applies op.
func (Counter) Step(s int64, op history.Op) (next int64, ok bool) {
	switch op.In.F {
	case history.Add:
		n, _ := whole(op.In.Value, addendMax)
		return s + n, true
	case history.Read:
		n, isNumber := whole(op.Out.Value, math.MaxInt64)
		return s, !told(op) || isNumber && n == s || op.Out.Value == history.Absent && s == 0
	default:
		foreign("counter", op.In)
		return s, false
	}
}

// Why says what the counter stood at.
func (Counter) Why(s int64, op history.Op) string {
	return fmt.Sprintf("it returned %s but the counter stood at %d", op.Out.Value, s)
}
