package linearizable

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/model"
	"senkei/history"
)

// bit is a cell that holds what its projection to true does.
type bit struct{ projection }

func (bit) Access(op *history.Op) model.Access[bool] {
	a := model.Access[bool]{Kind: model.Nothing, Found: op.In.Expect == it, Stored: op.In.Value == it}
	switch op.In.F {
	case finds:
		a.Kind = model.Finds
	case stores:
		a.Kind = model.Stores
	case swaps:
		a.Kind = model.Swaps
	}
	return a
}

func (bit) Infer([]history.Op) (model.Cell[bool], bool) { return nil, false }

// truthful draws operations that a cell carried out.
func truthful(r *rand.Rand, operations, clients int) []history.Op {
	ops := someOps(r, operations, clients, 20)
	holds := false
	for i := range ops { // each takes effect as it begins
		op := &ops[i]
		if op.Complete != history.Never && op.In.F != stores {
			op.In.Expect = other
			if holds {
				op.In.Expect = it
			}
		}
		holds, _ = projection{}.Step(holds, *op)
	}
	return ops
}

// found is all that a competition of turns of one step finds, at the end of each round.
type found struct {
	answers  []answer
	progress []int
}

func compete(ctx context.Context, ops []history.Op, spread func([]func())) found {
	p := portfolio[bool]{model: bit{}, cell: bit{}, kind: model.KindOf[bool](bit{}), limits: checker.Limits{Spread: spread}}
	line := newTimeline(ops, p.kind)
	r := &race[bool]{portfolio: p, timeline: line, memory: 1 << 30, deep: newDepth[bool](bit{}, line)}
	r.enter(r.deep, 1)
	r.enter(newWindows(line, &r.lead, valueWindows(p.cell, ops)), 1)
	r.enter(newWindows(line, &r.lead, cellWindows(p.cell, ops)), 1)
	r.enter(newProjections(p.cell, line, &r.lead), 1)
	r.enter(newFrontier[bool](bit{}, line), 1)
	var f found
	for !r.over() {
		r.round(ctx, 1)
		f.progress = append(f.progress, r.furthest.events)
	}
	for _, c := range r.competitors {
		f.answers = append(f.answers, c.ended)
	}
	return f
}

func TestWhatEachSearchOfARoundFindsDoesNotDependOnTheOthersOfTheRound(t *testing.T) {
	atOnce := func(tasks []func()) {
		var all sync.WaitGroup
		for _, task := range tasks {
			all.Go(task)
		}
		all.Wait()
	}
	backward := func(tasks []func()) {
		for _, task := range slices.Backward(tasks) {
			task()
		}
	}
	rounds := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 6))
		ops := truthful(r, 300, 3+r.IntN(6))
		if seed%3 == 0 {
			ops[200+r.IntN(100)].In.Expect = it
		}
		want := compete(t.Context(), ops, nil)
		require.Equal(t, want, compete(t.Context(), ops, backward))
		require.Equal(t, want, compete(t.Context(), ops, atOnce))
		rounds += len(want.progress)
	}
	require.Greater(t, rounds, 300, "too few rounds in which they could meet")
}

func TestASearchThatGaveUpHoldsNothingAnyMore(t *testing.T) {
	p := portfolio[uint64]{model: sum{}, kind: model.KindOf[uint64](sum{})}
	line := newTimeline(powers(30), p.kind)
	r := &race[uint64]{portfolio: p, timeline: line, memory: 1 << 20, deep: newDepth[uint64](sum{}, line)}
	r.enter(r.deep, 3)
	r.enter(newFrontier[uint64](sum{}, line), 1)
	for !r.over() {
		r.round(t.Context(), turnSteps)
	}
	require.Nil(t, r.deep)
	for _, c := range r.competitors {
		require.Nil(t, c.search)
	}
	require.Equal(t, outOfMemory, r.outcome().answer)
	require.Equal(t, "depth-first search", r.outcome().by, "it got furthest")
}
