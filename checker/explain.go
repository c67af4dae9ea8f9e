package checker

import (
	"context"
	"fmt"
	"slices"

	"senkei/history"
)

// Explanation says why the operations of one key cannot be ordered.
type Explanation struct {
	Key string `json:"key"`
	// Sentences tell the violation to a person, the most important one first. There is
	// at least one.
	Sentences []string `json:"sentences"`
	// Culprit is the operation at whose completion the history stopped being
	// linearizable: the end of the shortest bad prefix.
	Culprit history.Op `json:"culprit"`
	// Core is the shortest bad prefix of the key, cut down to operations that matter; it
	// is itself not linearizable. An operation that was still open when Culprit
	// completed stands in it with an unknown outcome.
	Core []history.Op `json:"core"`
	// Order holds the IDs of the longest legal order found within Core, and State
	// what the model held after it.
	Order []int  `json:"order"`
	State string `json:"state"`
	// Refused lists each operation that could have come next, with the model's reason.
	Refused []Refusal `json:"refused"`
	// Faults were in force between the first completion in Core and that of Culprit.
	Faults []history.Span `json:"faults"`
}

// Refusal is one operation that could have come next and why the model refused it.
type Refusal struct {
	Op     history.Op `json:"op"`
	Reason string     `json:"reason"`
}

// explain says why the operations of h, which are not linearizable, are not. Where a
// budget ends, it says what it has found by then.
func (l linearizable[S]) explain(ctx context.Context, key string, h history.History, f finding) *Explanation {
	culprit := f.culprit
	e := &Explanation{Key: key, Culprit: culprit, Core: l.core(ctx, f.bad, culprit.ID)}
	l.follow(ctx, e)
	from := culprit.Invoke
	for _, op := range e.Core {
		from = min(from, op.Complete)
	}
	e.Faults = append([]history.Span{}, h.During(from, culprit.Complete)...)
	if t, ok := l.model.(Teller); ok {
		e.Sentences = t.Tell(h.Ops, *e)
	}
	if len(e.Sentences) == 0 {
		e.Sentences = plainly(*e)
	}
	if len(h.Faults) > 0 {
		e.Sentences = append(e.Sentences, aboutFaults(*e)...)
	}
	return e
}

// follow fills in the longest legal order of e.Core, its state and what it refuses.
func (l linearizable[S]) follow(ctx context.Context, e *Explanation) {
	_, info := l.explore(ctx, e.Core)
	e.Order = append([]int{}, longest(info, e.Core)...)
	byID := map[int]history.Op{}
	for _, op := range e.Core {
		byID[op.ID] = op
	}
	state := l.model.Init()
	for _, id := range e.Order {
		state, _ = l.model.Step(state, byID[id])
	}
	e.State = fmt.Sprint(state)

	rest := slices.DeleteFunc(slices.Clone(e.Core), func(op history.Op) bool { return slices.Contains(e.Order, op.ID) })
	horizon := history.Never // whatever begins after it follows an operation of the rest
	for _, op := range rest {
		horizon = min(horizon, op.Complete)
	}
	e.Refused = []Refusal{}
	for _, op := range rest {
		if _, ok := l.model.Step(state, op); !ok && op.Invoke < horizon {
			e.Refused = append(e.Refused, Refusal{Op: op, Reason: l.model.Why(state, op)})
		}
	}
}
