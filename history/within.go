package history

import (
	"slices"
	"strings"
)

// Within returns what op did within some parts of its object, and false if that is nothing.
// Parts are the keys of a store for a transaction, and else the elements of a set or a list,
// as their text: an add or an append is within its element, and a read tells of every one
// whether it is there. A part of a store may also be an element of what one key holds, see
// ElementOf: appends of other elements are left out, and these are left out of lists. No parts
// are all.
func (op Op) Within(parts []string) (Op, bool) {
	switch {
	case len(parts) == 0:
	case op.In.F == Txn:
		op.In.Value, op.Out.Value = op.In.Value.onKeys(parts), op.Out.Value.onKeys(parts)
		return op, op.In.Value != List()
	case op.In.F == Add || op.In.F == Append:
		return op, slices.Contains(parts, string(op.In.Value))
	case op.Out.Value.IsList():
		elsewhere := func(v Value) bool { return !slices.Contains(parts, string(v)) }
		op.Out.Value = List(slices.DeleteFunc(slices.Collect(op.Out.Value.Elements()), elsewhere)...)
	}
	return op, true
}

// ElementOf names the part of a store that is one element of the list that a key holds.
func ElementOf(key string, v Value) string { return string(v) + " in " + key }

// onKeys returns what a transaction, if there is one, did to some parts of a store.
func (v Value) onKeys(parts []string) Value {
	if v == Absent {
		return v
	}
	var some []Micro
	for m := range v.Micros() {
		if m, touches := m.within(parts); touches {
			some = append(some, m)
		}
	}
	return Transaction(some...)
}

// within returns what m did within some parts, and false if that is nothing.
func (m Micro) within(parts []string) (Micro, bool) {
	if slices.Contains(parts, m.Key) {
		return m, true
	}
	if m.F == Append {
		return m, slices.Contains(parts, ElementOf(m.Key, m.Value))
	}
	if !slices.ContainsFunc(parts, func(part string) bool { return strings.HasSuffix(part, ElementOf(m.Key, "")) }) {
		return m, false
	}
	if m.Value.IsList() && !m.Value.IsSet() {
		elsewhere := func(v Value) bool { return !slices.Contains(parts, ElementOf(m.Key, v)) }
		m.Value = List(slices.DeleteFunc(slices.Collect(m.Value.Elements()), elsewhere)...)
	}
	return m, true
}

// KnownAt returns op as it was known at a position of the history: with an unknown outcome if it
// ended later. It returns false if op had not begun, or if it failed, even later: a failed
// operation never had an effect.
func (op Op) KnownAt(position int) (Op, bool) {
	if op.Outcome == OK && op.Complete > position {
		op.Outcome, op.Out, op.Complete = Unknown, Output{}, Never
	}
	return op, op.Outcome != Failed && op.Invoke <= position
}
