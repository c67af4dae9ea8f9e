package linearizable

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/enginetest"
	"senkei/checker/linearizable/porcupine"
	"senkei/checker/linearizable/projection"
	"senkei/checker/linearizable/relax"
	"senkei/checker/linearizable/search"
	"senkei/checker/model"
	"senkei/history"
)

// bit is a cell that holds what its projection to true does.
type bit struct{ projection.Model }

func (bit) Access(op *history.Op) model.Access[bool] {
	a := model.Access[bool]{Kind: model.Nothing, Found: op.In.Expect == projection.It, Stored: op.In.Value == projection.It}
	switch op.In.F {
	case projection.Finds:
		a.Kind = model.Finds
	case projection.Stores:
		a.Kind = model.Stores
	case projection.Swaps:
		a.Kind = model.Swaps
	}
	return a
}

func (bit) Infer([]history.Op) (model.Cell[bool], bool) { return nil, false }

// truthful draws operations that a cell carried out.
func truthful(r *rand.Rand, operations, clients int) []history.Op {
	ops := enginetest.SomeOps(r, operations, clients, 20)
	holds := false
	for i := range ops { // each takes effect as it begins
		op := &ops[i]
		if op.Complete != history.Never && op.In.F != projection.Stores {
			op.In.Expect = projection.Other
			if holds {
				op.In.Expect = projection.It
			}
		}
		holds, _ = projection.Model{}.Step(holds, *op)
	}
	return ops
}

// found is all that a competition of turns of one step finds, at the end of each round.
type found struct {
	answers  []engine.Answer
	progress []int
}

func compete(ctx context.Context, ops []history.Op, spread func([]func())) found {
	p := portfolio[bool]{model: bit{}, cell: bit{}, kind: model.KindOf[bool](bit{}), limits: checker.Limits{Spread: spread}}
	line := search.NewTimeline(ops, p.kind)
	r := &run[bool]{portfolio: p, Timeline: line, memory: 1 << 30, deep: search.NewDepth[bool](bit{}, line)}
	r.enter(r.deep, 1)
	r.enter(relax.NewWindows(line, &r.lead, relax.ValueWindows(p.cell, ops)), 1)
	r.enter(relax.NewWindows(line, &r.lead, relax.CellWindows(p.cell, ops)), 1)
	r.enter(search.NewFrontier[bool](bit{}, line), 1)
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
			ops[200+r.IntN(100)].In.Expect = projection.It
		}
		want := compete(t.Context(), ops, nil)
		require.Equal(t, want, compete(t.Context(), ops, backward))
		require.Equal(t, want, compete(t.Context(), ops, atOnce))
		rounds += len(want.progress)
	}
	require.Greater(t, rounds, 300, "too few rounds in which they could meet")
}

func TestASearchThatGaveUpHoldsNothingAnyMore(t *testing.T) {
	p := portfolio[uint64]{model: enginetest.Sum{}, kind: model.KindOf[uint64](enginetest.Sum{})}
	line := search.NewTimeline(enginetest.Powers(30), p.kind)
	r := &run[uint64]{portfolio: p, Timeline: line, memory: 1 << 20, deep: search.NewDepth[uint64](enginetest.Sum{}, line)}
	r.enter(r.deep, 3)
	r.enter(search.NewFrontier[uint64](enginetest.Sum{}, line), 1)
	for !r.over() {
		r.round(t.Context(), turnSteps)
	}
	require.Nil(t, r.deep)
	for _, c := range r.competitors {
		require.Nil(t, c.Engine)
	}
	require.Equal(t, engine.OutOfMemory, r.outcome().Answer)
	require.Equal(t, "depth-first search", r.outcome().by, "it got furthest")
}

func TestPorcupineAndThePortfolioEndForWantOfTimeOrMemoryAsTheCauseOfTheirContextSays(t *testing.T) {
	for _, c := range []struct {
		cause error
		want  engine.Answer
	}{{checker.ErrMemory, engine.OutOfMemory}, {context.DeadlineExceeded, engine.OutOfTime}, {nil, engine.OutOfTime}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(c.cause)
		p := porcupine.New[uint64](enginetest.Sum{}, enginetest.Powers(30))
		require.Equal(t, c.want, p.Turn(ctx, engine.MaxSteps, engine.Beyond))
		require.Equal(t, c.want, portfolio[uint64]{model: enginetest.Sum{}, kind: model.KindOf[uint64](enginetest.Sum{}), limits: checker.Limits{MemoryBytes: 1 << 30}}.decide(ctx, enginetest.Powers(30), 0).Answer)
	}
}

func TestPorcupineEndsSoonAfterItHoldsMoreThanItMay(t *testing.T) {
	p, got := porcupine.New[uint64](enginetest.Sum{}, enginetest.Powers(30)), engine.Undecided
	for got == engine.Undecided {
		got = p.Turn(t.Context(), turnSteps, 1<<20)
	}
	require.Equal(t, engine.OutOfMemory, got)
}
