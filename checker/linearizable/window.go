package linearizable

import (
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// A window is a part of the history of a cell, from one position to another one, both
// included, that is searched without regard to what came before and comes afterwards. If it
// has no legal order, the history has none, however long it is.
//
// Proof: let the history have a legal order, and let each operation take effect at a moment
// between its ends, in that order. Where the window begins, what has ended has taken effect;
// of what is open, the endless included, any may have taken effect or not; and the state is
// one that can be there. The search of the window begins with a configuration for each
// such state, in which all that is open may take effect, and nothing must. From one of them it
// can go on as the order does: with what takes effect from there on, and without the rest.
// What begins after the window does not change what is possible in it; nor does what ends
// there, since it need not take effect before.

// valueWindow returns a search of the projection of ops, which m knows and which come by
// Invoke, to a value in a window.
func valueWindow[S comparable](m model.Cell[S], ops []history.Op, value S, from, to int) *frontier[bool] {
	list := project(m, overlapping(ops, from, to), value)
	for i := range list {
		if list[i].Invoke < from {
			list[i].Outcome = history.Unknown // see cellWindow
		}
	}
	return newWindow(projection{}, list, []bool{false, true}, from, to)
}

// cellWindow returns a search of ops, which m knows and which come by Invoke, in a window.
func cellWindow[S comparable](m model.Cell[S], ops []history.Op, from, to int) *frontier[S] {
	var list []history.Op
	for _, op := range overlapping(ops, from, to) {
		if op.Invoke < from {
			switch m.Access(&op).Kind {
			case model.Stores:
			case model.Swaps:
				// So it is not alike one that must take effect: using it instead would not do.
				op.Outcome, op.Out = history.Unknown, history.Output{}
			default:
				continue // it may have taken effect before
			}
		}
		list = append(list, op)
	}
	return newWindow(m, list, startStates(m, ops, list, from), from, to)
}

// startStates returns states of which one can do all that the cell can before a position, as
// far as the operations of a window can tell: each value that one of them may find, if it can
// be there; and one of those that none of them finds, because these are all the same to them.
func startStates[S comparable](m model.Cell[S], ops, window []history.Op, position int) []S {
	found := map[S]bool{} // whether it is in the list yet
	for i := range window {
		if does := m.Access(&window[i]); does.Kind == model.Finds || does.Kind == model.Swaps {
			found[does.Found] = false
		}
	}
	var states []S
	wanted := len(found) + 1
	other := false
	add := func(v S) {
		if listed, ok := found[v]; ok && !listed {
			found[v] = true
		} else if !ok && !other {
			other = true
		} else {
			return
		}
		states = append(states, v)
	}
	add(m.Init())
	for i := 0; i < len(ops) && ops[i].Invoke < position && len(states) < wanted; i++ {
		if does := m.Access(&ops[i]); does.Kind == model.Stores || does.Kind == model.Swaps {
			add(does.Stored)
		}
	}
	return states
}

// overlapping returns those of ops that are open somewhere in a window.
func overlapping(ops []history.Op, from, to int) []history.Op {
	var part []history.Op
	for i := range ops {
		if ops[i].Invoke > to {
			break
		}
		if ops[i].Complete >= from {
			part = append(part, ops[i])
		}
	}
	return part
}

// newWindow returns a search of the operations that are open somewhere in a window. Those
// that are open where it begins need not take effect any more.
func newWindow[S comparable](m model.Model[S], list []history.Op, states []S, from, to int) *frontier[S] {
	t := newTimeline(list, model.KindOf(m))
	t.events = t.events[:t.before(to+1)]
	f := newFrontier(m, t)
	f.lookahead = nil // what comes about once in the window may have been there before
	for range t.before(from) {
		f.pass()
	}
	f.live.clear()
	for slot, op := range f.occupant {
		if op != none && f.effects[op] != observes {
			set(f.usable(f.scratch), int32(slot))
		}
	}
	for _, s := range states {
		f.scratch.setState(f.number(s))
		f.live.add(f.scratch)
	}
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
