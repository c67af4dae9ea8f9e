package linearizable

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
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
			if op.In.F != finds {
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
		if slices.ContainsFunc(states, func(s bool) bool { return anyOrder[bool](projection{}, s, list) }) {
			return true
		}
	}
	return false
}

func TestAWindowAnswersAsEveryOrderDoesThatCanFollowSomethingBefore(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 11))
	bad, small := 0, 0
	for range 20_000 {
		ops := someOps(r, 1+r.IntN(7), 1+r.IntN(4), 4)
		to := r.IntN(2 * len(ops))
		from := r.IntN(to + 1)
		want := anyOrderWithin(ops, from, to, false, true)
		got := valueWindow(bit{}, ops, true, from, to).turn(t.Context(), maxSteps, beyond)
		require.Equal(t, want, got == legal, "%d to %d of %v", from, to, ops)
		possible := []bool{false}
		if slices.ContainsFunc(ops, func(op history.Op) bool { return op.Invoke < from && op.In.F != finds && op.In.Value == it }) {
			possible = append(possible, true)
		}
		want = anyOrderWithin(ops, from, to, possible...)
		got = cellWindow(bit{}, ops, from, to).turn(t.Context(), maxSteps, beyond)
		require.Equal(t, want, got == legal, "%d to %d of %v", from, to, ops)
		if !want {
			require.False(t, anyOrder[bool](projection{}, false, ops), "a window is bad and the whole is not")
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
		ops := someOps(r, 1+r.IntN(8), 1+r.IntN(4), 4)
		line := timelineOf(ops)
		for at := range line.events {
			for _, open := range []func(*history.Op, int, int) windowSearch{valueWindows(bit{}, ops), cellWindows(bit{}, ops)} {
				w := newWindows(line, &standing{events: at}, open)
				w.first = 1
				a := undecided
				for range 3 {
					if a == undecided {
						a = w.turn(t.Context(), maxSteps, beyond)
					}
				}
				if a != illegal {
					missed++
					continue
				}
				refuted++
				require.False(t, anyOrder[bool](projection{}, false, ops), "at event %d of %v", at, ops)
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
		ends := completions(ops)
		for n := range ends {
			require.Equal(t, undecided, ofBit().refute(t.Context(), prefix(ops, ends[n]), ends[:n+1]), "seed %d, end %d", seed, n)
		}
	}
}

func TestAWindowThatIsBadMakesEveryPrefixBadThatEndsWithIt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 14))
	refuted := 0
	for range 5000 {
		ops := someOps(r, 6+r.IntN(3), 1+r.IntN(3), 6)
		ends := completions(ops)
		for n := range ends {
			cut := prefix(ops, ends[n])
			if ofBit().refute(t.Context(), cut, ends[:n+1]) == illegal {
				refuted++
				require.False(t, anyOrder[bool](projection{}, false, cut))
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
			history.Op{ID: len(ops), In: history.Input{F: stores, Value: other}, Outcome: history.OK, Invoke: at, Complete: at + 1},
			history.Op{ID: len(ops) + 1, In: history.Input{F: finds, Expect: it}, Outcome: history.OK, Invoke: at + 2, Complete: at + 3})
		line := timelineOf(ops)
		w := newWindows(line, &standing{events: len(line.events) - 1}, valueWindows(bit{}, ops))
		require.Equal(t, undecided, w.turn(t.Context(), maxSteps, beyond), "does the leading search stay there?")
		require.Equal(t, illegal, w.turn(t.Context(), maxSteps, beyond))
		require.Less(t, w.current.taken(), 100, "after %d operations", operations)
	}
}
