package main

import (
	"slices"

	"senkei/history"
)

// plantStaleRevision makes a read return what had been overwritten, with its revision.
func plantStaleRevision(ops []history.Op, from int) bool {
	for at := from; at < len(ops); at++ {
		if ops[at].In.F != history.Read || ops[at].Outcome != history.OK {
			continue
		}
		stale := overwritten(ops, at, func(op *history.Op) bool { return op.In.F == history.Write })
		if stale >= 0 {
			ops[at].Out = history.Output{Value: ops[stale].In.Value, Revision: ops[stale].Out.Revision}
			return true
		}
	}
	return false
}

// plantStaleList makes a read return a list as it was before an append that had ended.
func plantStaleList(ops []history.Op, from int) bool {
	for at := from; at < len(ops); at++ {
		if ops[at].In.F != history.Read || ops[at].Outcome != history.OK {
			continue
		}
		missing := lastOK(ops, at, ops[at].Invoke, func(op *history.Op) bool { return op.In.F == history.Append })
		if missing >= 0 {
			ops[at].Out.Value = before(ops[at].Out.Value, ops[missing].In.Value)
			return true
		}
	}
	return false
}

// plantStaleListOfStore does the same to what a transaction read.
func plantStaleListOfStore(ops []history.Op, from int) bool {
	for at := from; at < len(ops); at++ {
		if ops[at].Outcome != history.OK {
			continue
		}
		done := slices.Collect(ops[at].Out.Value.Micros())
		for i, m := range done {
			if m.F != history.Read {
				continue
			}
			missing := lastOK(ops, at, ops[at].Invoke, func(op *history.Op) bool { return appendedTo(op, m.Key) != history.Absent })
			if missing < 0 {
				continue
			}
			done[i].Value = before(m.Value, appendedTo(&ops[missing], m.Key))
			ops[at].Out.Value = history.Transaction(done...)
			return true
		}
	}
	return false
}

// appendedTo returns the first value that a transaction appends to a key, Absent if it does not.
func appendedTo(op *history.Op, key string) history.Value {
	for m := range op.In.Value.Micros() {
		if m.F == history.Append && m.Key == key {
			return m.Value
		}
	}
	return history.Absent
}

// before returns the elements of a list that stand before v.
func before(list, v history.Value) history.Value {
	elements := slices.Collect(list.Elements())
	return history.List(elements[:slices.Index(elements, v)]...)
}
