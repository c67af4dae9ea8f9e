package explain

import (
	"context"
	"fmt"
	"slices"

	"senkei/checker"
	"senkei/checker/linearizable/search"
	"senkei/checker/model"
	"senkei/history"
)

// followSteps bounds the search for an order to show.
const followSteps = 1 << 17

// Follow fills in a legal order of e.Ops that cannot go on, of those that a depth-first
// search comes upon one that gets furthest in time; its state; and what it refuses. What
// need not have happened stands in it only where it helped.
func Follow[S comparable](ctx context.Context, m model.Model[S], e *checker.Core, bytes int64) {
	o := newFollower(m, e.Ops, search.Furthest(ctx, m, e.Ops, followSteps, bytes))
	for o.goOn() {
	}
	e.Order, e.State = append([]int{}, o.order...), fmt.Sprint(o.state)
	e.Refused = []checker.Refusal{}
	for _, op := range o.possible() {
		e.Refused = append(e.Refused, checker.Refusal{Op: op, Reason: m.Why(o.state, op)})
	}
}

// follower takes one operation after the other.
type follower[S comparable] struct {
	model model.Model[S]
	state S
	order []int        // IDs
	rest  []history.Op // not taken
}

// newFollower takes some operations, by position, in that order.
func newFollower[S comparable](m model.Model[S], ops []history.Op, order []int32) *follower[S] {
	f := &follower[S]{model: m, state: m.Init()}
	placed := make([]bool, len(ops))
	for _, i := range order {
		f.state, _ = m.Step(f.state, ops[i])
		f.order = append(f.order, ops[i].ID)
		placed[i] = true
	}
	for i, op := range ops {
		if !placed[i] {
			f.rest = append(f.rest, op)
		}
	}
	return f
}

func (f *follower[S]) take(op history.Op) {
	f.state, _ = f.model.Step(f.state, op)
	f.order = append(f.order, op.ID)
	f.rest = slices.DeleteFunc(f.rest, func(other history.Op) bool { return other.ID == op.ID })
}

// possible returns the operations that must have happened and can come next in time.
func (f *follower[S]) possible() []history.Op {
	horizon := history.Never // whatever begins after it follows an operation of the rest
	for _, op := range f.rest {
		horizon = min(horizon, op.Complete)
	}
	var some []history.Op
	for _, op := range f.rest {
		if op.Outcome == history.OK && op.Invoke < horizon {
			some = append(some, op)
		}
	}
	return some
}

// goOn takes an operation that the model allows, if there is one.
func (f *follower[S]) goOn() bool {
	for _, op := range f.possible() {
		if _, ok := f.model.Step(f.state, op); ok {
			f.take(op)
			return true
		}
	}
	return false
}
