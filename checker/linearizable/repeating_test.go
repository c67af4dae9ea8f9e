package linearizable_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/history"
)

func TestWhatIsInPorcupinesCacheAlreadyCostsNoMemory(t *testing.T) {
	var ops []history.Op
	for i := range 10 {
		w := put(i, 20+i, history.Int(int64(i/2)))
		ops = append(ops, w)
	}
	ops = append(ops, get(40, 41, "true"))
	// Ten writes have at most 10·2⁹ pairs of what is done and what came last, reached in
	// five times as many steps.
	lim := checker.Limits{MemoryBytes: 2 << 20, Algorithm: checker.Porcupine}
	require.Equal(t, checker.Invalid, plain.CheckKey(t.Context(), "", history.History{Ops: ops}, lim).Status)
}

// repeating is a long valid history of one key with few values that come again and again.
// Each operation takes effect at some moment while it is open; one in a hundred has an
// unknown outcome and takes effect at any time, or never. It begins with two writes, of
// which the first one's value does not come again.
func repeating(r *rand.Rand, clients, operations, values int) []history.Op {
	ops := make([]history.Op, 0, operations)
	ops = append(ops, put(0, 1, "9"), put(2, 3, "0"))
	ops[0].ID, ops[1].ID = 0, 1
	cell, position := history.Value("0"), 4
	open := make([]int, clients) // index of the open operation, +1
	done := make([]bool, operations)
	process := make([]history.Process, clients)
	next := history.Process(clients)
	for c := range process {
		process[c] = history.Process(c)
	}
	var late []int
	execute := func(at int) {
		if !done[at] {
			cell = effect(&ops[at], cell)
			done[at] = true
		}
	}
	value := func() history.Value { return history.Int(r.Int64N(int64(values))) }
	for len(ops) < operations || slices.ContainsFunc(open, func(at int) bool { return at > 0 }) {
		c := r.IntN(clients)
		if len(late) > 0 && r.IntN(20) == 0 {
			execute(late[0])
			ops[late[0]].Out = history.Output{}
			late = late[1:]
		}
		at := open[c] - 1
		switch {
		case at >= 0 && r.IntN(2) == 0:
			execute(at)
			continue
		case at >= 0:
			open[c] = 0
			op := &ops[at]
			if r.IntN(100) == 0 {
				op.Out = history.Output{}
				if !done[at] && r.IntN(2) == 0 {
					late = append(late, at)
				}
				process[c] = next
				next++
				break
			}
			execute(at)
			op.Outcome, op.Complete = history.OK, position
		case len(ops) < operations:
			op := history.Op{ID: len(ops), Process: process[c], Invoke: position, Complete: history.Never}
			op.In.F = []history.Func{history.Read, history.Read, history.Write, history.CAS}[r.IntN(4)]
			if op.In.F != history.Read {
				op.In.Value = value()
			}
			if op.In.F == history.CAS {
				op.In.Expect = value()
			}
			ops = append(ops, op)
			open[c] = len(ops)
		default:
			continue
		}
		position++
	}
	return ops
}

// planted returns a repeating history in which a late read returns what only the first
// write stored.
func planted(r *rand.Rand, clients, operations, values int) []history.Op {
	ops := repeating(r, clients, operations, values)
	for i := operations * 9 / 10; ; i++ {
		if ops[i].In.F == history.Read && ops[i].Outcome == history.OK {
			ops[i].Out.Value = "9"
			return ops
		}
	}
}

func TestLongHistoriesOfRepeatingValuesAreDecidedAndTheirStaleReadExplained(t *testing.T) {
	for _, clients := range []int{8, 32, 100} {
		for seed := range uint64(3) {
			ops := repeating(rand.New(rand.NewPCG(1, seed)), clients, 2000, 5)
			require.Equal(t, checker.Valid, register.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{}).Status)
			ops = planted(rand.New(rand.NewPCG(1, seed)), clients, 2000, 5)
			v := register.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
			require.Equal(t, checker.Invalid, v.Status)
			require.Len(t, checker.CoreOf(v.Evidence).Ops, 3, dump(checker.CoreOf(v.Evidence).Ops))
			require.Contains(t, v.Reason, "read returned 9, which had been overwritten: ")
		}
	}
}

func BenchmarkRepeating(b *testing.B) {
	for _, clients := range []int{8, 32} {
		for _, n := range []int{1000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("clients=%d/ops=%d", clients, n), func(b *testing.B) {
				ops := repeating(rand.New(rand.NewPCG(1, 2)), clients, n, 5)
				b.ReportAllocs()
				for b.Loop() {
					if register.CheckKey(b.Context(), "", history.History{Ops: ops}, checker.Limits{}).Status != checker.Valid {
						b.Fatal()
					}
				}
			})
		}
	}
}
