package search

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/enginetest"
	"senkei/checker/linearizable/projection"
	"senkei/checker/model"
	"senkei/history"
)

// someModels are the projection, and the same without what is known of effects.
func someModels() map[string]model.Model[bool] {
	return map[string]model.Model[bool]{"knowing effects": projection.Model{}, "knowing none": struct{ model.Model[bool] }{projection.Model{}}}
}

// searches returns a search of each kind that decides everything and can pause.
func searches[S comparable](m model.Model[S], ops []history.Op) []holder {
	t := NewTimeline(ops, model.KindOf(m))
	return []holder{NewDepth(m, t), NewFrontier(m, t)}
}

// holder is a search that says how much memory it holds.
type holder interface {
	engine.Engine
	bytes() int64
}

// known returns ops as they were known just before a position.
func known(ops []history.Op, position int) []history.Op {
	var list []history.Op
	for _, op := range ops {
		if op.Complete >= position {
			op.Outcome, op.Complete = history.Unknown, history.Never
		}
		if op.Invoke < position {
			list = append(list, op)
		}
	}
	return list
}

func TestASearchAnswersAsEveryOrderDoesAndReachesTheEndThatIsAtFault(t *testing.T) {
	for name, m := range someModels() {
		t.Run(name, func(t *testing.T) {
			r, bad := rand.New(rand.NewPCG(1, 5)), 0
			for range 4000 {
				ops := enginetest.SomeOps(r, 1+r.IntN(7), 1+r.IntN(4), 4)
				want := engine.Legal
				if !enginetest.AnyOrder(m, false, ops) {
					want = engine.Illegal
					bad++
				}
				line := NewTimeline(ops, model.KindOf(m))
				for _, s := range searches(m, ops) {
					require.Equal(t, want, s.Turn(t.Context(), engine.MaxSteps, engine.Beyond), s.Name())
					if want == engine.Legal {
						continue
					}
					e := line.Events[s.Reached()]
					require.True(t, e.Ends, s.Name())
					at := ops[e.Op].Complete
					require.True(t, enginetest.AnyOrder(m, false, known(ops, at)), "%s: it went wrong before", s.Name())
					require.False(t, enginetest.AnyOrder(m, false, known(ops, at+1)), "%s: it went wrong later", s.Name())
				}
			}
			require.Greater(t, bad, 500)
			require.Less(t, bad, 3500)
		})
	}
}

func TestASearchThatPausesFindsWhatOneDoesThatNeverPausesAndNeverFallsBack(t *testing.T) {
	for name, m := range someModels() {
		t.Run(name, func(t *testing.T) {
			r, pauses := rand.New(rand.NewPCG(2, 5)), 0
			for range 300 {
				ops := enginetest.SomeOps(r, 20+r.IntN(80), 3+r.IntN(6), 20)
				whole := searches(m, ops)
				for i, s := range searches(m, ops) {
					want := whole[i].Turn(t.Context(), engine.MaxSteps, engine.Beyond)
					got, reached := engine.Undecided, s.Reached()
					for got == engine.Undecided {
						got = s.Turn(t.Context(), 1, engine.Beyond)
						require.GreaterOrEqual(t, s.Reached(), reached, s.Name())
						reached = s.Reached()
						pauses++
					}
					require.Equal(t, want, got, s.Name())
					require.Equal(t, whole[i].Reached(), s.Reached(), s.Name())
					require.Equal(t, whole[i].bytes(), s.bytes(), s.Name())
				}
			}
			require.Greater(t, pauses, 1000)
		})
	}
}

func TestBothSearchesFindTheSameEndAtFaultInLongerHistories(t *testing.T) {
	r, bad := rand.New(rand.NewPCG(3, 5)), 0
	for range 500 {
		s := searches[bool](projection.Model{}, enginetest.SomeOps(r, 20+r.IntN(80), 3+r.IntN(6), 20))
		want := s[0].Turn(t.Context(), engine.MaxSteps, engine.Beyond)
		require.Equal(t, want, s[1].Turn(t.Context(), engine.MaxSteps, engine.Beyond))
		if want == engine.Illegal {
			require.Equal(t, s[0].Reached(), s[1].Reached())
			bad++
		}
	}
	require.Greater(t, bad, 100)
}

// heap returns how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what was freed last may have been in a pool
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestASearchHoldsAboutAsMuchMemoryAsItSays(t *testing.T) {
	ops := enginetest.Powers(20)
	for i := range 2 {
		before := heap()
		s := searches[uint64](enginetest.Sum{}, ops)[i]
		for _, steps := range []int{100_000, 300_000, 700_000} {
			require.Equal(t, engine.Undecided, s.Turn(t.Context(), steps, engine.Beyond))
			held := heap() - before
			t.Logf("%s: it holds %d bytes and says %d", s.Name(), held, s.bytes())
			require.Less(t, held, 2*s.bytes(), s.Name())
			require.Greater(t, 2*held, s.bytes(), s.Name())
		}
		runtime.KeepAlive(s)
	}
	runtime.KeepAlive(ops)
}

func TestASetThatHasBecomeSmallGivesItsMemoryBack(t *testing.T) {
	before := heap()
	s := newConfigs(shape(64, nil).layout())
	c := make(configuration, s.words())
	for i := range 1 << 18 {
		c[0] = uint64(i)
		s.add(c)
	}
	s.clear()
	s.add(c)
	s.clear() // to what one takes
	require.Less(t, heap()-before, s.bytes()+1<<16)
	runtime.KeepAlive(s)
}

func TestASearchEndsForWantOfTimeOrMemoryAsTheCauseOfItsContextSays(t *testing.T) {
	for _, c := range []struct {
		cause error
		want  engine.Answer
	}{{checker.ErrMemory, engine.OutOfMemory}, {context.DeadlineExceeded, engine.OutOfTime}, {nil, engine.OutOfTime}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(c.cause)
		for _, s := range searches[uint64](enginetest.Sum{}, enginetest.Powers(30)) {
			require.Equal(t, c.want, s.Turn(ctx, engine.MaxSteps, engine.Beyond), s.Name())
		}
	}
}

func TestASearchEndsSoonAfterItHoldsMoreThanItMay(t *testing.T) {
	const bytes = 1 << 20
	for _, s := range searches[uint64](enginetest.Sum{}, enginetest.Powers(30)) {
		require.Equal(t, engine.OutOfMemory, s.Turn(t.Context(), engine.MaxSteps, bytes), s.Name())
		require.Less(t, s.bytes(), int64(3*bytes), s.Name())
	}
}

func TestASearchGivesUpBeforeItsNumbersRunOut(t *testing.T) {
	line := NewTimeline(enginetest.Powers(30), model.KindOf[uint64](enginetest.Sum{}))
	d := NewDepth[uint64](enginetest.Sum{}, line)
	require.Equal(t, engine.Undecided, d.Turn(t.Context(), 1, engine.Beyond-1))
	d.seen.n += engine.CountMax + 1
	require.Equal(t, engine.OutOfMemory, engine.Spent(t.Context(), d.bytes(), engine.Beyond-1))
	f := NewFrontier[uint64](enginetest.Sum{}, line)
	require.Equal(t, engine.Undecided, f.Turn(t.Context(), 1, engine.Beyond-1))
	f.within.n += engine.CountMax + 1
	require.Equal(t, engine.OutOfMemory, engine.Spent(t.Context(), f.bytes(), engine.Beyond-1))
}
