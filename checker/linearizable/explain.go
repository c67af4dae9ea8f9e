package linearizable

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"senkei/checker"
	"senkei/checker/model"
	"senkei/history"
)

// explainedMax is the most operations of which a model is asked for an explanation. A longer one
// explains nothing, and takes time with the square of its length.
const explainedMax = 200

// explain says why the operations of h, which are not linearizable, are not. Where a
// budget ends, it says what it has found by then.
func (l linearizable[S]) explain(ctx context.Context, key string, h history.History, f finding) *checker.Core {
	if f.part != nil {
		return f.part.explain(ctx, key, h, f.culprit, l.limits)
	}
	culprit := f.culprit
	if f.parts == nil {
		f.parts, f.bad = l.fewerParts(ctx, f.bad)
	}
	e := &checker.Core{Key: key, Parts: f.parts, Culprit: culprit, Ops: l.core(ctx, f.bad, culprit.ID)}
	l.follow(ctx, e)
	from := culprit.Invoke
	for _, op := range e.Ops {
		from = min(from, op.Complete)
	}
	e.Faults = append([]history.Span{}, h.During(from, culprit.Complete)...)
	if x, ok := l.model.(model.Explainer[S]); ok && len(e.Ops) <= explainedMax {
		e.Sentences = x.Explain(h.Ops, e.Ops, culprit)
	}
	switch {
	case len(e.Sentences) > 0:
	case f.why != "":
		e.Sentences = append([]string{history.Sentence(f.why)}, listed(e.Ops)...)
	case ctx.Err() != nil:
		e.Sentences = []string{fmt.Sprintf("These operations have no legal order; the time was over before it was found which one is at fault. It ended no later than %s.", culprit.Subject())}
	default:
		e.Sentences = plainly(*e)
	}
	if len(e.Parts) > 0 {
		e.Sentences = append(e.Sentences, fmt.Sprintf("Only what concerns %s is shown: that alone proves it.", strings.Join(e.Parts, " and ")))
	}
	if len(h.Faults) > 0 {
		e.Sentences = append(e.Sentences, aboutFaults(*e)...)
	}
	return e
}

// followSteps bounds the search for an order to show.
const followSteps = 1 << 17

// follow fills in a legal order of e.Ops that cannot go on, of those that a depth-first
// search comes upon one that gets furthest in time; its state; and what it refuses. What
// need not have happened stands in it only where it helped.
func (l linearizable[S]) follow(ctx context.Context, e *checker.Core) {
	t := newTimeline(e.Ops, l.kind)
	d := newDepth(l.model, t)
	d.keep = true
	d.turn(ctx, followSteps, l.limits.MemoryBytes)
	d.note()
	o := newFollower(l.model, t, arrange(l.model, t, d.bestWay, d.deepest))
	for o.goOn() {
	}
	e.Order, e.State = append([]int{}, o.order...), fmt.Sprint(o.state)
	e.Refused = []checker.Refusal{}
	for _, op := range o.possible() {
		e.Refused = append(e.Refused, checker.Refusal{Op: op, Reason: l.model.Why(o.state, op)})
	}
}

// follower takes one operation after the other.
type follower[S comparable] struct {
	model model.Model[S]
	state S
	order []int        // IDs
	rest  []history.Op // not taken
}

// newFollower takes some operations of a timeline, in that order.
func newFollower[S comparable](m model.Model[S], t *timeline, order []int32) *follower[S] {
	f := &follower[S]{model: m, state: m.Init()}
	placed := make([]bool, len(t.ops))
	for _, i := range order {
		f.state, _ = m.Step(f.state, t.ops[i])
		f.order = append(f.order, t.ops[i].ID)
		placed[i] = true
	}
	for i, op := range t.ops {
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
