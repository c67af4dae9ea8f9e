package models_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/models"
	"senkei/history"
)

// long returns n operations of clients that run all the time, with values that are unique.
// Each takes effect at once when it begins, by answer, and ends at a random later moment, or
// is never heard of again, once in a hundred times.
func long(n, clients int, answer func(i int, r *rand.Rand) history.Op) []history.Op {
	r := rand.New(rand.NewPCG(1, 5))
	ops := make([]history.Op, n)
	var open []int
	position := 0
	end := func(at int) {
		i := open[at]
		open = slices.Delete(open, at, at+1)
		if ops[i].Complete = position; r.IntN(100) == 0 {
			ops[i].Outcome, ops[i].Out, ops[i].Complete = history.Unknown, history.Output{}, history.Never
		}
		position++
	}
	for i := range ops {
		if len(open) == clients {
			end(r.IntN(clients))
		}
		ops[i] = answer(i, r)
		ops[i].ID, ops[i].Process, ops[i].Invoke = i, history.Process(i), position
		position++
		open = append(open, i)
	}
	for len(open) > 0 {
		end(0)
	}
	return ops
}

// longQueue enqueues and dequeues as often as each other.
func longQueue(n int) []history.Op {
	var waiting []history.Value
	return long(n, 32, func(i int, r *rand.Rand) history.Op {
		if r.IntN(2) == 0 {
			v := history.Int(int64(i))
			waiting = append(waiting, v)
			return did(history.Enqueue, v, "")
		}
		if len(waiting) == 0 {
			return did(history.Dequeue, "", "")
		}
		v := waiting[0]
		waiting = waiting[1:]
		return did(history.Dequeue, "", v)
	})
}

// longSet and longList read ten times in all, because what reads return grows.
func longSet(n int) []history.Op { return longCollection(n, history.Add) }

func longList(n int) []history.Op { return longCollection(n, history.Append) }

func longCollection(n int, add history.Func) []history.Op {
	var elements []history.Value
	return long(n, 32, func(i int, _ *rand.Rand) history.Op {
		if i%(n/10) == n/20 {
			return did(history.Read, "", history.List(elements...))
		}
		v := history.Int(int64(i))
		elements = append(elements, v)
		return did(add, v, "")
	})
}

// longLog polls as often as it appends, at most eight entries at a time.
func longLog(n int) []history.Op {
	var entries []history.Value
	return long(n, 32, func(i int, r *rand.Rand) history.Op {
		if r.IntN(2) == 0 {
			offset := history.Int(int64(len(entries)))
			v := history.Int(int64(i))
			entries = append(entries, v)
			return did(history.Append, v, offset)
		}
		from := r.IntN(len(entries) + 1)
		return did(history.Poll, history.Int(int64(from)), history.List(entries[from:min(from+8, len(entries))]...))
	})
}

var longs = []struct {
	name    string
	decider anyDecider
	replay  func(ops []history.Op, order []int) string
	make    func(n int) []history.Op
	// wrong makes a result wrong that comes late.
	wrong func(ops []history.Op)
}{
	{"set", models.Set{}, test(models.Set{}).replay, longSet, func(ops []history.Op) { lastOf(ops, history.Read).Out.Value = "[0]" }},
	{"list", models.List{}, test(models.List{}).replay, longList, func(ops []history.Op) { lastOf(ops, history.Read).Out.Value = "[0]" }},
	{"FIFO queue", models.FIFOQueue{}, test(models.FIFOQueue{}).replay, longQueue, swapLast},
	{"unordered queue", models.UnorderedQueue{}, test(models.UnorderedQueue{}).replay, longQueue, func(ops []history.Op) {
		lastOf(ops, history.Dequeue).Out.Value = lastOf(ops[:len(ops)/2], history.Dequeue).Out.Value
	}},
	{"log", models.Log{}, test(models.Log{}).replay, longLog, func(ops []history.Op) {
		op := lastOf(ops, history.Poll)
		op.In.Value, op.Out.Value = "10", "[]"
	}},
}

// lastOf returns the last operation of a function that told something.
func lastOf(ops []history.Op, f history.Func) *history.Op {
	for i := len(ops) - 1; ; i-- {
		if ops[i].In.F == f && ops[i].Outcome == history.OK && ops[i].Out.Value != history.Absent {
			return &ops[i]
		}
	}
}

// swapLast lets a late dequeue and an early one exchange what they returned.
func swapLast(ops []history.Op) {
	late, early := lastOf(ops, history.Dequeue), lastOf(ops[:len(ops)*2/3], history.Dequeue)
	late.Out, early.Out = early.Out, late.Out
}

func TestDecisionsOnLongHistories(t *testing.T) {
	for _, c := range longs {
		t.Run(c.name, func(t *testing.T) {
			ops := c.make(20_000)
			d, applies := c.decider.Decide(ops)
			require.True(t, applies)
			require.True(t, d.Legal, d.Why)
			c.wrong(ops)
			d, applies = c.decider.Decide(ops)
			require.True(t, applies)
			require.False(t, d.Legal)
			require.NotEmpty(t, d.Proof)
			require.LessOrEqual(t, len(d.Proof), 12, d.Why)
		})
	}
}

func TestDecisionsShowALegalOrderOfALongHistory(t *testing.T) {
	for _, c := range longs {
		t.Run(c.name, func(t *testing.T) {
			ops := c.make(20_000)
			d, applies := c.decider.Decide(ops)
			require.True(t, applies)
			require.True(t, d.Legal, d.Why)
			require.Empty(t, c.replay(ops, c.decider.Order(ops)))
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, c := range longs {
		for _, n := range []int{10_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				ops := c.make(n)
				b.ReportAllocs()
				for b.Loop() {
					if d, applies := c.decider.Decide(ops); !applies || !d.Legal {
						b.Fatal("a legal history was not found legal", applies, d.Why)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/operation")
			})
		}
	}
}

func BenchmarkOrder(b *testing.B) {
	for _, c := range longs {
		const n = 1_000_000
		b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
			ops := c.make(n)
			b.ReportAllocs()
			for b.Loop() {
				c.decider.Order(ops)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/operation")
		})
	}
}
