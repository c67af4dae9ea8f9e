package checker

import (
	"slices"

	"senkei/history"
)

// windowFirst is how many events, or ends, the first window looks back, and windowGrowth how
// many times as many each further one does. A small one costs next to nothing.
const (
	windowFirst  = 4
	windowGrowth = 4
)

// window returns a search of the projection of ops, which m knows and which come by Invoke, to
// a value, in a part of the history only: from one position to another one, both included. If
// it finds that illegal, ops are not linearizable, whatever came before and comes afterwards.
//
// Proof: let ops have a legal order, and let each operation take effect at a moment between
// its ends, in that order. Then there is a legal order of the projection as well. Where from
// begins, the cell holds the value or does not; what has ended has taken effect; of what is
// open, the endless included, any may have taken effect or not. The search begins with a
// configuration for each of the two states, in which all that is open may take effect, and
// nothing must. From one of them it can go on as the order does: with what takes effect
// there from then on, and without the rest. What begins after to, and what ends there, does
// not change what is possible up to it.
func window[S comparable](m Cell[S], ops []history.Op, value S, from, to int) *frontier[bool] {
	var part []history.Op
	for i := range ops {
		if ops[i].Invoke > to {
			break
		}
		if ops[i].Complete >= from {
			part = append(part, ops[i])
		}
	}
	list := project(m, part, value)
	for i := range list {
		if list[i].Invoke < from {
			// So it is not alike one that must take effect, in place of which it cannot be used.
			list[i].Outcome = history.Unknown
		}
	}
	t := newTimeline(list, projection{}.Effect)
	t.events = t.events[:t.before(to+1)]
	f := newFrontier[bool](projection{}, t)
	f.beginAt(t.before(from), []bool{false, true})
	return f
}

// before returns how many events there are before a position.
func (t *timeline) before(position int) int {
	n, _ := slices.BinarySearchFunc(t.events, position, func(e event, position int) int { return t.position(e) - position })
	return n
}

// position returns where an event stands in the history.
func (t *timeline) position(e event) int {
	if e.ends {
		return t.ops[e.op].Complete
	}
	return t.ops[e.op].Invoke
}

// beginAt puts f after some events, with each of some states, where whatever is open may take
// effect from then on but need not.
func (f *frontier[S]) beginAt(events int, states []S) {
	for range events {
		f.pass()
	}
	f.live.clear()
	for slot, op := range f.occupant {
		if op != none && f.effects[op] != Observes {
			set(f.usable(f.scratch), int32(slot))
		}
	}
	for _, s := range states {
		f.scratch.setState(f.number(s))
		f.live.add(f.scratch)
	}
}
