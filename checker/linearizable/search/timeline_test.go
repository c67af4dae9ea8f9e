package search

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/linearizable/enginetest"
	"senkei/checker/linearizable/projection"
	"senkei/checker/model"
	"senkei/history"
)

func timelineOf(ops []history.Op) *Timeline {
	return NewTimeline(ops, model.KindOf[bool](projection.Model{}))
}

func TestOperationsThatAreOpenAtOnceHaveSlotsOfTheirOwnAndNoSlotIsWasted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for range 300 {
		line := timelineOf(enginetest.SomeOps(r, 1+r.IntN(200), 1+r.IntN(80), 8))
		occupant, open, most := map[int32]int32{}, 0, 0
		for _, e := range line.Events {
			slot := line.slot[e.Op]
			switch {
			case slot == none:
				require.Equal(t, history.Never, line.Ops[e.Op].Complete)
			case e.Ends:
				require.Equal(t, e.Op, occupant[slot])
				delete(occupant, slot)
				open--
			default:
				require.NotContains(t, occupant, slot, "it is taken")
				occupant[slot] = e.Op
				open++
				most = max(most, open)
			}
		}
		require.Equal(t, most, line.slots)
	}
}

func TestEventsComeAsTheirPositionsDoAndEachOperationBeginsOnceAndEndsOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for range 300 {
		line := timelineOf(enginetest.SomeOps(r, 1+r.IntN(60), 1+r.IntN(8), 5))
		position := func(e event) int {
			if e.Ends {
				return line.Ops[e.Op].Complete
			}
			return line.Ops[e.Op].Invoke
		}
		require.True(t, slices.IsSortedFunc(line.Events, func(a, b event) int { return cmp.Compare(position(a), position(b)) }))
		count := map[event]int{}
		for _, e := range line.Events {
			count[e]++
		}
		for i, op := range line.Ops {
			begins, ends := 1, 1
			if op.Complete == history.Never {
				ends = 0
			}
			if op.Complete == history.Never && line.effects[i] == observes {
				begins = 0 // it constrains nothing
			}
			require.Equal(t, begins, count[event{Op: int32(i)}])
			require.Equal(t, ends, count[event{Op: int32(i), Ends: true}])
		}
	}
}

func TestOperationsAreOfOneClassIfEitherCanStandForTheOther(t *testing.T) {
	op := func(f history.Func, expect, value history.Value, o history.Outcome, revision uint64) history.Op {
		return history.Op{In: history.Input{F: f, Expect: expect, Value: value}, Out: history.Output{Revision: revision}, Outcome: o, Complete: history.Never}
	}
	ops := []history.Op{
		op(projection.Stores, "", projection.It, history.OK, 0), op(projection.Stores, "", projection.It, history.Unknown, 0), op(projection.Stores, "", projection.It, history.OK, 7), // 0 to 2
		op(projection.Stores, "", projection.Other, history.OK, 0),                                                                                           // 3
		op(projection.Swaps, projection.It, projection.Other, history.OK, 0),                                                                                 // 4
		op(projection.Swaps, projection.It, projection.Other, history.Unknown, 0), op(projection.Swaps, projection.It, projection.Other, history.Unknown, 0), // 5 and 6
		op(projection.Swaps, projection.It, projection.Other, history.OK, 7), // 7
		op(projection.Finds, projection.It, "", history.OK, 0),               // 8
	}
	for i := range ops {
		ops[i].Invoke = i
	}
	class := timelineOf(ops).class
	require.Equal(t, class[0], class[1], "what overwrites does so whatever it was told")
	require.Equal(t, class[0], class[2], "what overwrites does so whatever it was told")
	require.Equal(t, class[5], class[6], "nobody was told of either")
	require.Equal(t, none, class[8], "what observes has no class")
	distinct := []int32{class[0], class[3], class[4], class[5], class[7]}
	slices.Sort(distinct)
	require.Len(t, slices.Compact(distinct), 5)
}

func TestCrashedClassesLieInOneWordEach(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		line := someShape(r)
		taken := map[int]uint64{}
		for _, l := range line.crashed {
			require.LessOrEqual(t, l.shift+l.width, uint(64), "it does not straddle")
			require.Less(t, uint64(len(l.members)), uint64(1)<<(l.width-1), "its highest bit stays 0")
			mask := (uint64(1)<<l.width - 1) << l.shift
			require.Zero(t, taken[l.word]&mask, "it lies on no other")
			taken[l.word] |= mask
		}
		require.Len(t, taken, line.layout().counters, "no word is wasted")
	}
	for range 100 {
		line := timelineOf(enginetest.SomeOps(r, 100, 5, 2))
		members := 0
		for n, l := range line.crashed {
			members += len(l.members)
			require.True(t, slices.IsSorted(l.members), "by Invoke")
			for _, op := range l.members {
				require.Equal(t, none, line.slot[op])
				require.EqualValues(t, n, line.crashedOf[line.class[op]])
			}
		}
		crashed := 0
		for i, op := range line.Ops {
			if op.Complete == history.Never && line.effects[i] != observes {
				crashed++
			}
		}
		require.Equal(t, crashed, members)
	}
}
