package relax

import (
	"senkei/checker/linearizable/projection"
	"senkei/checker/linearizable/search"
	"senkei/checker/model"
	"senkei/history"
)

// A window is a part of the history of a cell, from one position to another one, both
// included, that is searched without regard to what came before and comes afterwards. If it
// has no legal order, the history has none, however long it is.
//
// Proof: let the history have a legal order, and let each operation take effect at a moment
// between its ends, in that order. Where the window begins, what has ended has taken effect;
// of what is open, the crashed included, any may have taken effect or not; and the state is
// one that can be there. The search of the window begins with a configuration for each
// such state, in which all that is open may take effect, and nothing must. From one of them it
// can go on as the order does: with what takes effect from there on, and without the rest.
// What begins after the window does not change what is possible in it; nor does what ends
// there, since it need not take effect before.

// ValueWindow returns a search of the projection of ops, which m knows and which come by
// Invoke, to a value in a window.
func ValueWindow[S comparable](m model.Cell[S], ops []history.Op, value S, from, to int) *search.Frontier[bool] {
	list := projection.Of(m, overlapping(ops, from, to), value)
	for i := range list {
		if list[i].Invoke < from {
			list[i].Outcome = history.Unknown // see CellWindow
		}
	}
	return search.NewWindow(projection.Model{}, list, []bool{false, true}, from, to)
}

// CellWindow returns a search of ops, which m knows and which come by Invoke, in a window.
func CellWindow[S comparable](m model.Cell[S], ops []history.Op, from, to int) *search.Frontier[S] {
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
	return search.NewWindow(m, list, startStates(m, ops, list, from), from, to)
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
