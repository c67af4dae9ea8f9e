// Package enginetest makes operations to test engines with.
package enginetest

import (
	"math/rand/v2"
	"slices"

	"senkei/checker/linearizable/projection"
	"senkei/checker/model"
	"senkei/history"
)

// SomeOps draws operations of a projection, by Invoke, of which some have no end.
func SomeOps(r *rand.Rand, operations, clients, crashed int) []history.Op {
	var ops []history.Op
	var open []int
	for position := 0; len(ops) < operations || len(open) > 0; position++ {
		if len(ops) < operations && len(open) < clients && (len(open) == 0 || r.IntN(2) == 0) {
			open = append(open, len(ops))
			in := history.Input{F: []history.Func{projection.Finds, projection.Stores, projection.Swaps, projection.Swaps}[r.IntN(4)]}
			in.Value = []history.Value{projection.It, projection.Other}[r.IntN(2)]
			in.Expect = []history.Value{projection.It, projection.Other}[r.IntN(2)]
			ops = append(ops, history.Op{ID: len(ops), In: in, Invoke: position, Complete: history.Never})
			continue
		}
		at := r.IntN(len(open))
		if op := &ops[open[at]]; r.IntN(crashed) > 0 {
			op.Outcome, op.Complete = history.OK, position
		}
		open = slices.Delete(open, at, at+1)
	}
	return ops
}

// Sum is a model whose states and configurations are as many as the subsets of its operations.
// What is added, and what is found, is the revision.
type Sum struct{}

const adds, totals history.Func = "adds", "totals"

func (Sum) ID() string   { return "sum" }
func (Sum) Name() string { return "sum" }

func (Sum) Admit(history.Input) error { return nil }

func (Sum) Init() uint64 { return 0 }

func (Sum) Step(s uint64, op history.Op) (uint64, bool) {
	if op.In.F == totals {
		return s, s == op.Out.Revision
	}
	return s + op.Out.Revision, true
}

func (Sum) Why(uint64, history.Op) string { return "" }

// Powers adds as many powers of two at once, and then finds more than all of them.
func Powers(n int) []history.Op {
	var ops []history.Op
	for i := range n {
		ops = append(ops, history.Op{
			ID: i, In: history.Input{F: adds}, Out: history.Output{Revision: 1 << i}, Outcome: history.OK, Invoke: i, Complete: 2*n + i,
		})
	}
	return append(ops, history.Op{
		ID: n, In: history.Input{F: totals}, Out: history.Output{Revision: 1 << n}, Outcome: history.OK, Invoke: n, Complete: n + 1,
	})
}

// AnyOrder decides by trying every order.
func AnyOrder[S comparable](m model.Model[S], s S, ops []history.Op) bool {
	if !slices.ContainsFunc(ops, func(op history.Op) bool { return op.Outcome == history.OK }) {
		return true
	}
	for i, op := range ops {
		if slices.ContainsFunc(ops, func(other history.Op) bool { return other.Complete < op.Invoke }) {
			continue
		}
		next, ok := m.Step(s, op)
		if ok && AnyOrder(m, next, slices.Delete(slices.Clone(ops), i, i+1)) {
			return true
		}
	}
	return false
}
