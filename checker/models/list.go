package models

import (
	"fmt"

	"senkei/checker/model"
	"senkei/history"
)

// List is a list of values that is appended to and read as a whole, the object of Elle's
// list-append (Kingsbury and Alvaro, "Elle", 2020) without transactions. It begins empty; a
// read may say nothing of the empty list.
//
// The state is the text of the list: an append copies it, and a read compares it.
type List struct{}

var (
	_ model.Hinter[history.Value]    = List{}
	_ model.Decider[history.Value]   = List{}
	_ model.Composite[history.Value] = List{}
)

// ID returns "list".
func (List) ID() string { return "list" }

// Name returns "list".
func (List) Name() string { return "list" }

// Admit knows append and read.
func (List) Admit(in history.Input) error { return only(in, history.Append, history.Read) }

// Hints returns what is known of its operations.
func (m List) Hints() model.Hints[history.Value] {
	return model.Hints[history.Value]{Kind: observing(history.Read), StateBytes: m.stateBytes, Removable: spareUnseen}
}

// Init returns the empty list.
func (List) Init() history.Value { return history.List() }

// Step applies op.
func (List) Step(s history.Value, op history.Op) (next history.Value, ok bool) {
	switch op.In.F {
	case history.Append:
		return extend(s, op.In.Value), true
	case history.Read:
		return s, !told(op) || op.Out.Value == s || op.Out.Value == history.Absent && s == history.List()
	default:
		foreign("list", op.In)
		return s, false
	}
}

// extend returns the list with v at its end.
func extend(list, v history.Value) history.Value {
	if list == history.List() {
		return history.List(v)
	}
	return list[:len(list)-1] + "," + v + "]"
}

// Why says what the list held.
func (List) Why(s history.Value, op history.Op) string {
	return fmt.Sprintf("it returned %s but the list was %s", op.Out.Value, s)
}

// Parts returns the elements that op appends or returned.
func (List) Parts(op history.Op) []string { return elementsOf(op) }

// stateBytes counts what a change makes anew.
func (List) stateBytes(s history.Value) int { return len(s) }

// Divide returns nothing: an element is no cell.
func (List) Divide([]history.Op) []model.Part { return nil }
