package search

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/linearizable/enginetest"
	"senkei/checker/linearizable/projection"
	"senkei/history"
)

// stance is where a walker stands, in copies.
type stance struct {
	at              int
	occupant, begun []int32
	watching, blind []uint64
}

func (w *walker[S]) stance() stance {
	return stance{w.at, slices.Clone(w.occupant), slices.Clone(w.begun), slices.Clone(w.watching), slices.Clone(w.blind)}
}

func TestAWalkerThatGoesBackStandsAsItStoodBefore(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	for range 100 {
		w := newWalker[bool](projection.Model{}, timelineOf(enginetest.SomeOps(r, 1+r.IntN(150), 1+r.IntN(80), 4)))
		stood := []stance{w.stance()}
		for range 500 {
			if w.at < len(w.Events) && (w.at == 0 || r.IntN(5) < 3) {
				w.pass()
			} else {
				w.back()
			}
			if w.at == len(stood) {
				stood = append(stood, w.stance())
			}
			require.Equal(t, stood[w.at], w.stance())
		}
		to := r.IntN(w.at + 1)
		w.rewind(to)
		require.Equal(t, stood[to], w.stance())
	}
}

func TestAWalkerKnowsWhatIsOpenAndHowManyCrashedHaveBegun(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 4))
	for range 100 {
		w := newWalker[bool](projection.Model{}, timelineOf(enginetest.SomeOps(r, 1+r.IntN(100), 1+r.IntN(80), 4)))
		open, begun := map[int32]bool{}, make([]int32, len(w.crashed))
		for w.at < len(w.Events) {
			e := w.Events[w.at]
			w.pass()
			switch {
			case w.slot[e.Op] == none:
				begun[w.crashedOf[w.class[e.Op]]]++
			case e.Ends:
				delete(open, e.Op)
			default:
				open[e.Op] = true
			}
			require.Equal(t, begun, w.begun)
			for slot, op := range w.occupant {
				require.Equal(t, op != none && w.effects[op] == observes, has(w.watching, int32(slot)))
				require.Equal(t, op != none && w.effects[op] == overwrites, has(w.blind, int32(slot)))
				require.True(t, op == none || open[op])
			}
			require.Len(t, open, len(slices.DeleteFunc(slices.Clone(w.occupant), func(op int32) bool { return op == none })))
		}
	}
}

func TestAStepThatWasTakenIsRememberedAsTheModelTookIt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	w := newWalker[bool](projection.Model{}, timelineOf(enginetest.SomeOps(r, 200, 5, 4)))
	for range 5000 {
		state, op := r.Int32N(int32(len(w.list))), r.Int32N(200)
		next, ok := w.step(state, op)
		want, wantOK := projection.Model{}.Step(w.list[state], w.Ops[op])
		require.Equal(t, wantOK, ok)
		if ok {
			require.Equal(t, want, w.list[next])
		}
	}
	require.LessOrEqual(t, w.steps, 5000)
}

// begunAll returns a walker that has passed all beginnings of ops, and the configuration there.
func begunAll(ops []history.Op) (*walker[bool], configuration) {
	w := newWalker[bool](projection.Model{}, timelineOf(ops))
	c := w.first()
	for w.at < len(w.Events) && !w.Events[w.at].Ends {
		w.pass()
		w.begin(c, w.Events[w.at-1].Op)
	}
	return w, c
}

func TestWhatOverwritesFreesEveryOtherOverwriteThatIsOpen(t *testing.T) {
	open := func(at, until int, f history.Func, expect, value history.Value) history.Op {
		return history.Op{ID: at, In: history.Input{F: f, Expect: expect, Value: value}, Outcome: history.OK, Invoke: at, Complete: until}
	}
	w, c := begunAll([]history.Op{
		open(0, 10, projection.Stores, "", projection.It), open(1, 11, projection.Stores, "", projection.Other), open(2, 12, projection.Swaps, projection.It, projection.It), open(3, 13, projection.Finds, projection.It, ""),
	})
	require.True(t, has(w.must(c), w.slot[3]), "it cannot be found yet")
	require.False(t, has(w.may(c), w.slot[3]), "what observes takes effect by itself")
	w.apply(c, option{op: 0, next: w.number(true)})
	for op, want := range []struct{ must, may bool }{{false, false}, {false, true}, {true, true}, {false, false}} {
		require.Equal(t, want.must, has(w.must(c), w.slot[op]), "operation %d", op)
		require.Equal(t, want.may, has(w.may(c), w.slot[op]), "operation %d", op)
	}
}

func TestOfAlikeOperationsTheFirstToEndIsTriedAndOfCrashedOnesTheFirstToBegin(t *testing.T) {
	swap := func(at, until int) history.Op {
		return history.Op{ID: at, In: history.Input{F: projection.Swaps, Expect: projection.Other, Value: projection.It}, Outcome: history.OK, Invoke: at, Complete: until}
	}
	ops := []history.Op{swap(0, 12), swap(1, 10), swap(2, 11), swap(3, history.Never), swap(4, history.Never)}
	ops[3].Outcome, ops[4].Outcome = history.Unknown, history.Unknown
	w, c := begunAll(ops)
	tried := slices.Clone(w.candidates(c, 1))
	require.Equal(t, []option{{op: 1, next: w.number(true)}, {op: ^int32(0), next: w.number(true)}}, tried)
	w.apply(c, tried[1])
	c.setState(0)
	w.apply(c, w.candidates(c, 1)[1])
	c.setState(0)
	require.Len(t, w.candidates(c, 1), 1, "both crashed ones are used up")
}
