package history

import "slices"

// Within returns what op did within some parts of its object, and false if that is nothing.
// Parts are the keys of a store for a transaction, and else the elements of a set or a list,
// as their text: an add or an append is within its element, and a read tells of every one
// whether it is there. No parts are all.
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

// onKeys returns what a transaction, if there is one, did to some keys.
func (v Value) onKeys(keys []string) Value {
	if v == Absent {
		return v
	}
	elsewhere := func(m Micro) bool { return !slices.Contains(keys, m.Key) }
	return Transaction(slices.DeleteFunc(slices.Collect(v.Micros()), elsewhere)...)
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
