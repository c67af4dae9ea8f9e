package search

import (
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// NewWindow returns a search of the operations that are open somewhere in a window. Those
// that are open where it begins need not take effect any more.
func NewWindow[S comparable](m model.Model[S], list []history.Op, states []S, from, to int) *Frontier[S] {
	t := NewTimeline(list, model.KindOf(m))
	t.Events = t.Events[:t.before(to+1)]
	f := NewFrontier(m, t)
	f.lookahead = nil // what comes about once in the window may have been there before
	for range t.before(from) {
		f.pass()
	}
	f.live.clear()
	for slot, op := range f.occupant {
		if op != none && f.effects[op] != observes {
			set(f.may(f.scratch), int32(slot))
		}
	}
	for _, s := range states {
		f.scratch.setState(f.number(s))
		f.live.add(f.scratch)
	}
	return f
}

// before returns how many events there are before a position.
func (t *Timeline) before(position int) int {
	n, _ := slices.BinarySearchFunc(t.Events, position, func(e event, position int) int { return t.Position(e) - position })
	return n
}

// Position returns where an event stands in the history.
func (t *Timeline) Position(e event) int {
	if e.Ends {
		return t.Ops[e.Op].Complete
	}
	return t.Ops[e.Op].Invoke
}
