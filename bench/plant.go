package main

import (
	"slices"

	"senkei/history"
)

// The functions below each make a result wrong that came right, and do so such that no
// operation of unknown outcome can account for it.

// lastOK returns the last operation before number below, of known outcome and invoked no
// later than it, which had ended before position and fits; -1 if there is none.
func lastOK(ops []history.Op, below, position int, fits func(op *history.Op) bool) int {
	for i := below - 1; i >= 0; i-- {
		if op := &ops[i]; op.Outcome == history.OK && op.Complete < position && fits(op) {
			return i
		}
	}
	return -1
}

// overwritten returns an operation that stores something, after which another one began
// that does, and ended before operation at began; -1 if there is none.
func overwritten(ops []history.Op, at int, stores func(op *history.Op) bool) int {
	later := lastOK(ops, at, ops[at].Invoke, stores)
	if later < 0 {
		return -1
	}
	return lastOK(ops, later, ops[later].Invoke, stores)
}

// plantStaleRead makes a read return what had been overwritten.
func plantStaleRead(ops []history.Op, from int) bool {
	for at := from; at < len(ops); at++ {
		op := &ops[at]
		if op.In.F != history.Read || op.Outcome != history.OK {
			continue
		}
		stale := overwritten(ops, at, func(op *history.Op) bool { return op.In.F == history.Write })
		if stale >= 0 {
			op.Out.Value = ops[stale].In.Value
			return true
		}
	}
	return false
}

// plantReadOfZero makes the read that follows the write of 1, both alone, return 0.
func plantReadOfZero(ops []history.Op, from int) bool {
	if from+1 >= len(ops) {
		return false
	}
	ops[from+1].Out.Value = "0"
	return true
}

// plantOvertaking exchanges what two dequeues returned, one after the other, of elements
// that were enqueued one after the other.
func plantOvertaking(ops []history.Op, from int) bool {
	enqueued := map[history.Value]*history.Op{}
	for i := range ops {
		if op := &ops[i]; op.In.F == history.Enqueue && op.Outcome == history.OK {
			enqueued[op.In.Value] = op
		}
	}
	for at := from; at < len(ops); at++ {
		tardy := &ops[at]
		second := enqueued[tardy.Out.Value]
		if !took(tardy) || second == nil {
			continue
		}
		early := lastOK(ops, at, tardy.Invoke, func(op *history.Op) bool {
			first := enqueued[op.Out.Value]
			return took(op) && first != nil && first.Complete < second.Invoke
		})
		if early >= 0 {
			ops[early].Out, tardy.Out = tardy.Out, ops[early].Out
			return true
		}
	}
	return false
}

// took reports whether op is a dequeue that returned an element.
func took(op *history.Op) bool {
	return op.In.F == history.Dequeue && op.Outcome == history.OK && op.Out.Value != history.Absent
}

// plantSecondDequeue makes a dequeue return what another one had returned.
func plantSecondDequeue(ops []history.Op, from int) bool {
	for at := from; at < len(ops); at++ {
		if !took(&ops[at]) {
			continue
		}
		if early := lastOK(ops, at, ops[at].Invoke, took); early >= 0 {
			ops[at].Out = ops[early].Out
			return true
		}
	}
	return false
}

// plantLoss takes an element out of what a read returned, whose add had ended before.
func plantLoss(ops []history.Op, from int) bool {
	for at := from; at < len(ops); at++ {
		op := &ops[at]
		if op.In.F != history.Read || op.Outcome != history.OK {
			continue
		}
		lost := lastOK(ops, at, op.Invoke, func(op *history.Op) bool { return op.In.F == history.Add })
		if lost >= 0 {
			elements := slices.Collect(op.Out.Value.Elements())
			op.Out.Value = history.List(slices.DeleteFunc(elements, func(v history.Value) bool { return v == ops[lost].In.Value })...)
			return true
		}
	}
	return false
}

// plantStaleTransaction makes a transaction read what had been overwritten.
func plantStaleTransaction(ops []history.Op, from int) bool {
	for at := from; at < len(ops); at++ {
		if ops[at].Outcome != history.OK {
			continue
		}
		done := slices.Collect(ops[at].Out.Value.Micros())
		for i := range done {
			if done[i].F != history.Read {
				continue
			}
			writes := func(op *history.Op) bool { return written(op, done[i].Key) != history.Absent }
			if stale := overwritten(ops, at, writes); stale >= 0 {
				done[i].Value = written(&ops[stale], done[i].Key)
				ops[at].Out.Value = history.Transaction(done...)
				return true
			}
		}
	}
	return false
}

// written returns what a transaction writes to a key, Absent if it does not.
func written(op *history.Op, key string) history.Value {
	for m := range op.In.Value.Micros() {
		if m.F == history.Write && m.Key == key {
			return m.Value
		}
	}
	return history.Absent
}
