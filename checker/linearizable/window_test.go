package linearizable

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/enginetest"
	"senkei/checker/linearizable/minimize"
	"senkei/checker/linearizable/projection"
	"senkei/checker/linearizable/relax"
	"senkei/checker/linearizable/search"
	"senkei/checker/model"
	"senkei/history"
)

// anyOrderWithin decides by trying every order whether what ends from one position to another
// can do so, whatever came before that left one of some states.
func anyOrderWithin(ops []history.Op, from, to int, states ...bool) bool {
	var must, may []history.Op
	for _, op := range ops {
		switch {
		case op.Invoke > to || op.Complete < from:
		case op.Invoke < from || op.Complete > to:
			// An order of those that take effect in the window keeps to the ends of all.
			if op.In.F != projection.Finds {
				op.Outcome = history.Unknown
				may = append(may, op)
			}
		default:
			must = append(must, op)
		}
	}
	for chosen := range 1 << len(may) {
		list := append([]history.Op{}, must...)
		for i, op := range may {
			if chosen>>i&1 == 1 {
				list = append(list, op)
			}
		}
		if slices.ContainsFunc(states, func(s bool) bool { return enginetest.AnyOrder[bool](projection.Model{}, s, list) }) {
			return true
		}
	}
	return false
}

func TestAWindowAnswersAsEveryOrderDoesThatCanFollowSomethingBefore(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 11))
	bad, small := 0, 0
	for range 20_000 {
		ops := enginetest.SomeOps(r, 1+r.IntN(7), 1+r.IntN(4), 4)
		to := r.IntN(2 * len(ops))
		from := r.IntN(to + 1)
		want := anyOrderWithin(ops, from, to, false, true)
		got := relax.ValueWindow(bit{}, ops, true, from, to).Turn(t.Context(), engine.MaxSteps, engine.Beyond)
		require.Equal(t, want, got == engine.Legal, "%d to %d of %v", from, to, ops)
		possible := []bool{false}
		if slices.ContainsFunc(ops, func(op history.Op) bool {
			return op.Invoke < from && op.In.F != projection.Finds && op.In.Value == projection.It
		}) {
			possible = append(possible, true)
		}
		want = anyOrderWithin(ops, from, to, possible...)
		got = relax.CellWindow(bit{}, ops, from, to).Turn(t.Context(), engine.MaxSteps, engine.Beyond)
		require.Equal(t, want, got == engine.Legal, "%d to %d of %v", from, to, ops)
		if !want {
			require.False(t, enginetest.AnyOrder[bool](projection.Model{}, false, ops), "a window is bad and the whole is not")
			bad++
			if from > 0 {
				small++
			}
		}
	}
	require.Greater(t, bad, 500)
	require.Greater(t, small, 200)
}

func TestWindowsRefuteWhatHasNoOrderAndNothingElse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 12))
	refuted, missed := 0, 0
	for range 5000 {
		ops := enginetest.SomeOps(r, 1+r.IntN(8), 1+r.IntN(4), 4)
		line := search.NewTimeline(ops, model.KindOf[bool](projection.Model{}))
		for at := range line.Events {
			for _, open := range []func(*history.Op, int, int) relax.WindowSearch{relax.ValueWindows(bit{}, ops), relax.CellWindows(bit{}, ops)} {
				w := relax.NewWindows(line, &engine.Progress{Events: at}, open)
				w.First = 1
				a := engine.Undecided
				for range 3 {
					if a == engine.Undecided {
						a = w.Turn(t.Context(), engine.MaxSteps, engine.Beyond)
					}
				}
				if a != engine.Illegal {
					missed++
					continue
				}
				refuted++
				require.False(t, enginetest.AnyOrder[bool](projection.Model{}, false, ops), "at event %d of %v", at, ops)
			}
		}
	}
	require.Greater(t, refuted, 1000)
	require.Greater(t, missed, 1000)
}

// ofBit is a portfolio for operations on a bit.
func ofBit() portfolio[bool] {
	return portfolio[bool]{model: bit{}, cell: bit{}, kind: model.KindOf[bool](bit{}), limits: checker.Limits{MemoryBytes: checker.DefaultMemoryBytes}}
}

func TestNoPrefixOfALongLegalHistoryIsRefutedByAWindow(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 13))
		ops := truthful(r, 300, 3+r.IntN(6))
		ends := minimize.Completions(ops)
		for n := range ends {
			require.Equal(t, engine.Undecided, ofBit().refute(t.Context(), minimize.Prefix(ops, ends[n]), ends[:n+1]), "seed %d, end %d", seed, n)
		}
	}
}

func TestAWindowThatIsBadMakesEveryPrefixBadThatEndsWithIt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 14))
	refuted := 0
	for range 5000 {
		ops := enginetest.SomeOps(r, 6+r.IntN(3), 1+r.IntN(3), 6)
		ends := minimize.Completions(ops)
		for n := range ends {
			cut := minimize.Prefix(ops, ends[n])
			if ofBit().refute(t.Context(), cut, ends[:n+1]) == engine.Illegal {
				refuted++
				require.False(t, enginetest.AnyOrder[bool](projection.Model{}, false, cut))
			}
		}
	}
	require.Greater(t, refuted, 500)
}

func TestAStaleReadIsFoundAtLittleCostHoweverLongTheHistoryBefore(t *testing.T) {
	for _, operations := range []int{100, 1000, 10_000} {
		ops := truthful(rand.New(rand.NewPCG(1, 15)), operations, 8)
		end := ops[len(ops)-1].Invoke + 1000
		for i := range ops { // what has no end could explain anything
			if ops[i].Complete == history.Never {
				ops[i].Outcome, ops[i].Complete = history.OK, end+i
			}
		}
		at := end + len(ops)
		ops = append(ops,
			history.Op{ID: len(ops), In: history.Input{F: projection.Stores, Value: projection.Other}, Outcome: history.OK, Invoke: at, Complete: at + 1},
			history.Op{ID: len(ops) + 1, In: history.Input{F: projection.Finds, Expect: projection.It}, Outcome: history.OK, Invoke: at + 2, Complete: at + 3})
		line := search.NewTimeline(ops, model.KindOf[bool](projection.Model{}))
		w := relax.NewWindows(line, &engine.Progress{Events: len(line.Events) - 1}, relax.ValueWindows(bit{}, ops))
		require.Equal(t, engine.Undecided, w.Turn(t.Context(), engine.MaxSteps, engine.Beyond), "does the leading search stay there?")
		require.Equal(t, engine.Illegal, w.Turn(t.Context(), engine.MaxSteps, engine.Beyond))
		require.Less(t, w.Current.Taken(), 100, "after %d operations", operations)
	}
}
