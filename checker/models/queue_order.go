package models

import (
	"cmp"
	"slices"

	"senkei/history"
)

// moment is where an operation on a queue takes effect.
type moment struct {
	// at is twice the position of the event at which that is, and one more for right after
	// it.
	at   int
	kind momentKind // decides at the same moment
	turn int        // decides between operations of one kind
	op   int        // position in the history
}

type momentKind uint8

const (
	findsNothing momentKind = iota
	comesIn
	goesOut
)

// inTime sorts moments and returns their operations.
func inTime(moments []moment) []int {
	slices.SortFunc(moments, func(a, b moment) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.turn, b.turn))
	})
	order := make([]int, len(moments))
	for i, m := range moments {
		order[i] = m.op
	}
	return order
}

// emptyMoments returns a moment for each operation that found nothing, by time: right after
// it began, or else right after the first later moment at which the queue may have been
// empty, if the elements are handed out like this.
func (q queueStory) emptyMoments(ops []history.Op, elements []queued) []moment {
	spans := joined(heldOf(elements))
	moments := make([]moment, len(q.empties), len(q.empties)+2*len(elements))
	for k, i := range q.empties {
		moments[k] = moment{at: 2*firstEmpty(spans, ops[i].Invoke) + 1, kind: findsNothing, turn: k, op: i}
	}
	slices.SortFunc(moments, func(a, b moment) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.turn, b.turn)) })
	return moments
}

// taker returns the position of the operation that took the element, or nowhere.
func (e queued) taker() int {
	if e.dequeue == nowhere {
		return e.lost
	}
	return e.dequeue
}
