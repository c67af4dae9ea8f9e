package models_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

// bytesFor returns how many bytes a function allocates in all, which is no less than what it
// holds at any time.
func bytesFor(what func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	what()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// one returns n operations of one function one after the other, each with a value of its own,
// where unknown with unknown outcomes.
func one(n int, f history.Func, unknown bool) []history.Op {
	ops := make([]history.Op, n)
	for i := range ops {
		ops[i] = history.Op{In: history.Input{F: f, Value: history.Int(int64(i))}, Outcome: history.OK, Invoke: 2 * i, Complete: 2*i + 1}
		if unknown {
			ops[i].Outcome, ops[i].Complete = history.Unknown, history.Never
		}
	}
	return ops
}

func TestADecisionHoldsNoMoreMemoryThanItSays(t *testing.T) {
	worst := int64(0)
	measure := func(name string, d anyDecider, ops []history.Op) {
		n := int64(len(ops))
		legal := false
		used := bytesFor(func() {
			decision, applies := d.Decide(ops)
			require.True(t, applies)
			legal = decision.Legal
		})
		if legal {
			used = max(used, bytesFor(func() { d.Order(ops) }))
		}
		worst = max(worst, used/n)
		require.LessOrEqual(t, used, n*model.DecideBytesMax, "%d operations: %s: %d bytes for each", n, name, used/n)
	}
	for _, n := range []int{1000, 1<<13 + 1, 30_000} { // maps and slices grow in steps
		for _, c := range longs {
			ops := c.make(n)
			measure(c.name, c.decider, ops)
			c.wrong(ops)
			measure(c.name, c.decider, ops)
		}
		for _, unknown := range []bool{false, true} {
			measure("adds", models.Set{}, one(n, history.Add, unknown))
			measure("appends", models.List{}, one(n, history.Append, unknown))
			measure("enqueues", models.FIFOQueue{}, one(n, history.Enqueue, unknown))
			measure("enqueues", models.UnorderedQueue{}, one(n, history.Enqueue, unknown))
			measure("appends", models.Log{}, one(n, history.Append, unknown))
			handed := append(one(n/2, history.Enqueue, unknown), lostDequeues(n/2, n)...)
			measure("lost dequeues", models.FIFOQueue{}, handed)
			measure("lost dequeues", models.UnorderedQueue{}, handed)
		}
		gaps := one(n, history.Append, true)
		gaps[n-1].Outcome, gaps[n-1].Out.Value, gaps[n-1].Complete = history.OK, history.Int(int64(n-1)), 2*n
		measure("gaps", models.Log{}, gaps)
	}
	t.Logf("at most %d bytes for each operation", worst)
}

// lostDequeues returns n dequeues of unknown outcome from a position.
func lostDequeues(n, from int) []history.Op {
	ops := make([]history.Op, n)
	for i := range ops {
		ops[i] = lost(from+i, did(history.Dequeue, "", ""))
	}
	return ops
}
