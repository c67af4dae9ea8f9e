package linearizable_test

import (
	"math/rand/v2"

	"senkei/history"
)

// oracle decides by trying every order of every choice of the unknown operations. It
// shares nothing with the search, the model included.
func oracle(ops []history.Op) bool {
	var certain, unknown []history.Op
	for _, op := range ops {
		switch op.Outcome {
		case history.OK:
			certain = append(certain, op)
		case history.Unknown:
			unknown = append(unknown, op)
		}
	}
	for chosen := range 1 << len(unknown) {
		list := append([]history.Op{}, certain...)
		for i, op := range unknown {
			if chosen>>i&1 == 1 {
				list = append(list, op)
			}
		}
		if somePermutation(list, 0, legalOrder) {
			return true
		}
	}
	return false
}

func somePermutation(list []history.Op, from int, good func([]history.Op) bool) bool {
	if from == len(list) {
		return good(list)
	}
	for i := from; i < len(list); i++ {
		list[from], list[i] = list[i], list[from]
		found := somePermutation(list, from+1, good)
		list[from], list[i] = list[i], list[from]
		if found {
			return true
		}
	}
	return false
}

// legalOrder reports whether the list respects real time and what a register does.
func legalOrder(list []history.Op) bool {
	for i := range list {
		for j := range i {
			if list[i].Outcome == history.OK && list[i].Complete < list[j].Invoke {
				return false
			}
		}
	}
	cell := history.Absent
	for _, op := range list {
		told := op.Outcome == history.OK
		if op.In.F == history.Read {
			if told && op.Out.Value != cell {
				return false
			}
			continue
		}
		if op.In.F == history.Write {
			cell = op.In.Value
			continue
		}
		matches := cell == op.In.Expect
		if told && (op.Out.Swapped != matches || !matches && op.Out.Value != cell) {
			return false
		}
		if matches {
			cell = op.In.Value
		}
	}
	return true
}

// randomOps returns a few operations on one key that a real register executed, each at
// some moment between its invocation and its completion, and then, if lie is set, with
// one result changed.
func randomOps(r *rand.Rand, most int, unique, lie bool) []history.Op {
	ops := make([]history.Op, 0, most)
	var open []int
	cell, position, fresh, process := history.Absent, 0, int64(0), history.Process(4)
	free := []history.Process{0, 1, 2, 3}
	value := func() history.Value {
		if unique {
			fresh++
			return history.Int(fresh)
		}
		return history.Int(r.Int64N(3))
	}
	var late []*history.Op // of unknown outcome, and without effect as yet
	for len(ops) < most || len(open) > 0 {
		if len(late) > 0 && r.IntN(4) == 0 {
			cell = effect(late[0], cell)
			late[0].Out = history.Output{}
			late = late[1:]
		}
		if len(ops) < most && len(free) > 0 && (len(open) == 0 || r.IntN(2) == 0) {
			op := history.Op{ID: len(ops), Process: free[0], Invoke: position, Complete: history.Never}
			free = free[1:]
			op.In.F = []history.Func{history.Read, history.Write, history.CAS}[r.IntN(3)]
			if op.In.F != history.Read {
				op.In.Value = value()
			}
			if op.In.F == history.CAS {
				op.In.Expect = cell // as it is when asked for, or so
				if r.IntN(3) == 0 {
					op.In.Expect = history.Int(r.Int64N(3))
				}
			}
			open = append(open, len(ops))
			ops = append(ops, op)
			position++
			continue
		}
		at := r.IntN(len(open))
		op := &ops[open[at]]
		open = append(open[:at], open[at+1:]...)
		position++
		switch r.IntN(5) {
		case 0:
			late = append(late, op)
			process++
			free = append(free, process)
		case 1:
			op.Outcome, op.Complete = history.Failed, position-1
			free = append(free, op.Process)
		default:
			cell = effect(op, cell)
			op.Outcome, op.Complete = history.OK, position-1
			free = append(free, op.Process)
		}
	}
	if lie {
		change(r, &ops[r.IntN(len(ops))])
	}
	return ops
}

// effect executes op on the cell and notes the result.
func effect(op *history.Op, cell history.Value) history.Value {
	switch {
	case op.In.F == history.Read:
		op.Out.Value = cell
		return cell
	case op.In.F == history.Write:
		return op.In.Value
	case cell == op.In.Expect:
		op.Out.Swapped = true
		return op.In.Value
	default:
		op.Out.Value = cell
		return cell
	}
}

func change(r *rand.Rand, op *history.Op) {
	if op.Outcome != history.OK {
		return
	}
	other := history.Int(r.Int64N(4))
	if r.IntN(4) == 0 {
		other = history.Absent
	}
	switch {
	case op.In.F == history.Read:
		op.Out.Value = other
	case op.In.F == history.CAS && r.IntN(2) == 0:
		op.Out = history.Output{Swapped: true}
	case op.In.F == history.CAS:
		op.Out = history.Output{Value: other}
	default:
		op.Outcome = history.Failed
	}
}
