package minimize

import (
	"slices"

	"senkei/history"
)

// Prefix returns the operations as they were known at the completion of last, and those that
// failed.
func Prefix(ops []history.Op, last history.Op) []history.Op {
	cut := make([]history.Op, 0, len(ops))
	for _, op := range ops {
		if op.Invoke > last.Complete {
			break // they come by Invoke
		}
		known, _ := op.KnownAt(last.Complete)
		if known.Complete != op.Complete {
			known.End = last.End
		}
		cut = append(cut, known)
	}
	return cut
}

// Completions returns the operations with a result, by the position of that. Only a result
// that constrains can make a prefix bad.
func Completions(ops []history.Op) []history.Op {
	var order []int32 // moving operations themselves takes long
	for i := range ops {
		if ops[i].Outcome == history.OK {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return ops[a].Complete - ops[b].Complete })
	ends := make([]history.Op, len(order))
	for n, i := range order {
		ends[n] = ops[i]
	}
	return ends
}

// EndAt returns the index of the first of some completions that is not before a position.
func EndAt(ends []history.Op, position int) int {
	i, _ := slices.BinarySearchFunc(ends, position, func(op history.Op, position int) int { return op.Complete - position })
	return i
}

// Chosen returns the operations at some positions.
func Chosen(ops []history.Op, positions []int) []history.Op {
	some := make([]history.Op, len(positions))
	for n, at := range positions {
		some[n] = ops[at]
	}
	return some
}

// IdsAt returns the IDs of the operations at some positions.
func IdsAt(ops []history.Op, positions []int) []int {
	ids := make([]int, len(positions))
	for i, at := range positions {
		ids[i] = ops[at].ID
	}
	return ids
}

// Within returns what ops did within some parts.
func Within(ops []history.Op, parts []string) []history.Op {
	some := make([]history.Op, 0, len(ops))
	for _, op := range ops {
		if op, touches := op.Within(parts); touches {
			some = append(some, op)
		}
	}
	return some
}
