package models

import (
	"fmt"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// Set only grows: elements are added, and a read returns all of them, each once and in any
// order. It begins empty. A read may say nothing of the empty set.
//
// An add costs what a dict's put does; a read costs the sum of the lengths of the list and
// of its elements' paths, unless the number of elements already differs.
type Set struct{}

var (
	_ model.Hinter[SetState]    = Set{}
	_ model.Decider[SetState]   = Set{}
	_ model.Composite[SetState] = Set{}
)

// SetState holds the elements.
type SetState struct{ elements dict }

// String returns the elements, such as "{1, 2}".
func (s SetState) String() string { return enumerate("{", s.elements.keys(), "}") }

// ID returns "set".
func (Set) ID() string { return "set" }

// Name returns "set".
func (Set) Name() string { return "set" }

// Admit knows add and read.
func (Set) Admit(in history.Input) error { return only(in, history.Add, history.Read) }

// Hints returns what is known of its operations.
func (m Set) Hints() model.Hints[SetState] {
	return model.Hints[SetState]{Kind: observing(history.Read), StateBytes: m.stateBytes, Prune: m.prune, Removable: spareUnseen}
}

// Init returns the empty set.
func (Set) Init() SetState { return SetState{} }

// Step applies op.
func (Set) Step(s SetState, op history.Op) (next SetState, ok bool) {
	switch op.In.F {
	case history.Add:
		return SetState{s.elements.put(op.In.Value, history.Absent)}, true
	case history.Read:
		return s, !told(op) || s.equals(op.Out.Value)
	default:
		foreign("set", op.In)
		return s, false
	}
}

// equals reports whether the list holds each element once and nothing else.
func (s SetState) equals(list history.Value) bool {
	if !list.IsList() {
		return list == history.Absent && s.elements.size == 0
	}
	n := 0
	for range list.Elements() {
		n++
	}
	if n != s.elements.size {
		return false
	}
	seen := make(map[history.Value]bool, n)
	for v := range list.Elements() {
		if seen[v] || !s.elements.has(v) {
			return false
		}
		seen[v] = true
	}
	return true
}

// Why says by what the read differs from the set.
func (Set) Why(s SetState, op history.Op) string {
	found := op.Out.Value
	if !found.IsList() {
		return fmt.Sprintf("it returned %s but the set held %s", found, s)
	}
	seen := map[history.Value]bool{}
	for v := range found.Elements() {
		if !s.elements.has(v) {
			return fmt.Sprintf("it returned %s, which was not in the set", v)
		}
		if seen[v] {
			return fmt.Sprintf("it returned %s twice", v)
		}
		seen[v] = true
	}
	missing := slices.DeleteFunc(s.elements.keys(), func(v history.Value) bool { return seen[v] })
	return "it lacks " + enumerate("", missing, "")
}

// prune drops adds of unknown outcome whose element no read returned, and ends others
// where a read first returned an element that only they added.
//
// An element that no read returned came after all reads, or never: with the add or without
// it, the same orders of the others are legal. An element that one operation alone added is
// there before the first read that returned it ends, in every order.
func (Set) prune(ops []history.Op) []history.Op {
	seen := firstSeen(ops)
	adders := map[history.Value]int{}
	for _, op := range ops {
		if op.In.F == history.Add {
			adders[op.In.Value]++
		}
	}
	var kept []history.Op
	for _, op := range ops {
		if op.In.F == history.Add && op.Outcome == history.Unknown {
			end, returned := seen[op.In.Value]
			if !returned {
				continue
			}
			// A read that ended before the add began is a violation, which the search finds.
			if adders[op.In.Value] == 1 && end > op.Invoke {
				op.Complete = end
			}
		}
		kept = append(kept, op)
	}
	return kept
}

// firstSeen returns, for each element that a read returned, where the first of these ended.
func firstSeen(ops []history.Op) map[history.Value]int {
	seen := map[history.Value]int{}
	for _, op := range ops {
		if op.In.F != history.Read || !told(op) {
			continue
		}
		for v := range op.Out.Value.Elements() {
			if end, ok := seen[v]; !ok || op.Complete < end {
				seen[v] = op.Complete
			}
		}
	}
	return seen
}

// spareUnseen marks reads, and what put elements in that no read returned: it came after all
// of these.
func spareUnseen(ops []history.Op) []bool {
	seen := firstSeen(ops)
	return marking(func(op *history.Op) bool {
		_, returned := seen[op.In.Value]
		return op.In.F == history.Read || !returned
	})(ops)
}

// Parts returns the elements that op adds or returned.
func (Set) Parts(op history.Op) []string { return elementsOf(op) }

// elementsOf returns the elements that op put in or returned.
func elementsOf(op history.Op) []string {
	if op.In.F != history.Read {
		return []string{string(op.In.Value)}
	}
	var names []string
	for v := range op.Out.Value.Elements() {
		names = append(names, string(v))
	}
	return names
}

// stateBytes counts what a change makes anew.
func (Set) stateBytes(s SetState) int { return s.elements.bytes() }

// Divide returns nothing: an element is no cell.
func (Set) Divide([]history.Op) []model.Part { return nil }
