package linearizable

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/model"
	"senkei/history"
)

// sum is a model whose states and configurations are as many as the subsets of its operations.
// What is added, and what is found, is the revision.
type sum struct{}

const adds, totals history.Func = "adds", "totals"

func (sum) ID() string   { return "sum" }
func (sum) Name() string { return "sum" }

func (sum) Admit(history.Input) error { return nil }

func (sum) Init() uint64 { return 0 }

func (sum) Step(s uint64, op history.Op) (uint64, bool) {
	if op.In.F == totals {
		return s, s == op.Out.Revision
	}
	return s + op.Out.Revision, true
}

func (sum) Why(uint64, history.Op) string { return "" }

// powers adds as many powers of two at once, and then finds more than all of them.
func powers(n int) []history.Op {
	var ops []history.Op
	for i := range n {
		ops = append(ops, history.Op{
			ID: i, In: history.Input{F: adds}, Out: history.Output{Revision: 1 << i}, Outcome: history.OK, Invoke: i, Complete: 2*n + i,
		})
	}
	return append(ops, history.Op{
		ID: n, In: history.Input{F: totals}, Out: history.Output{Revision: 1 << n}, Outcome: history.OK, Invoke: n, Complete: n + 1,
	})
}

// someModels are the projection, and the same without what is known of effects.
func someModels() map[string]model.Model[bool] {
	return map[string]model.Model[bool]{"knowing effects": projection{}, "knowing none": struct{ model.Model[bool] }{projection{}}}
}

// searches returns a search of each kind that decides everything and can pause.
func searches[S comparable](m model.Model[S], ops []history.Op) []holder {
	t := newTimeline(ops, model.KindOf(m))
	return []holder{newDepth(m, t), newFrontier(m, t)}
}

// holder is a search that says how much memory it holds.
type holder interface {
	search
	bytes() int64
}

// anyOrder decides by trying every order.
func anyOrder[S comparable](m model.Model[S], s S, ops []history.Op) bool {
	if !slices.ContainsFunc(ops, func(op history.Op) bool { return op.Outcome == history.OK }) {
		return true
	}
	for i, op := range ops {
		if slices.ContainsFunc(ops, func(other history.Op) bool { return other.Complete < op.Invoke }) {
			continue
		}
		next, ok := m.Step(s, op)
		if ok && anyOrder(m, next, slices.Delete(slices.Clone(ops), i, i+1)) {
			return true
		}
	}
	return false
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
				ops := someOps(r, 1+r.IntN(7), 1+r.IntN(4), 4)
				want := legal
				if !anyOrder(m, false, ops) {
					want = illegal
					bad++
				}
				line := newTimeline(ops, model.KindOf(m))
				for _, s := range searches(m, ops) {
					require.Equal(t, want, s.turn(t.Context(), maxSteps, beyond), s.name())
					if want == legal {
						continue
					}
					e := line.events[s.reached()]
					require.True(t, e.ends, s.name())
					at := ops[e.op].Complete
					require.True(t, anyOrder(m, false, known(ops, at)), "%s: it went wrong before", s.name())
					require.False(t, anyOrder(m, false, known(ops, at+1)), "%s: it went wrong later", s.name())
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
				ops := someOps(r, 20+r.IntN(80), 3+r.IntN(6), 20)
				whole := searches(m, ops)
				for i, s := range searches(m, ops) {
					want := whole[i].turn(t.Context(), maxSteps, beyond)
					got, reached := undecided, s.reached()
					for got == undecided {
						got = s.turn(t.Context(), 1, beyond)
						require.GreaterOrEqual(t, s.reached(), reached, s.name())
						reached = s.reached()
						pauses++
					}
					require.Equal(t, want, got, s.name())
					require.Equal(t, whole[i].reached(), s.reached(), s.name())
					require.Equal(t, whole[i].bytes(), s.bytes(), s.name())
				}
			}
			require.Greater(t, pauses, 1000)
		})
	}
}

func TestBothSearchesFindTheSameEndAtFaultInLongerHistories(t *testing.T) {
	r, bad := rand.New(rand.NewPCG(3, 5)), 0
	for range 500 {
		s := searches[bool](projection{}, someOps(r, 20+r.IntN(80), 3+r.IntN(6), 20))
		want := s[0].turn(t.Context(), maxSteps, beyond)
		require.Equal(t, want, s[1].turn(t.Context(), maxSteps, beyond))
		if want == illegal {
			require.Equal(t, s[0].reached(), s[1].reached())
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
	ops := powers(20)
	for i := range 2 {
		before := heap()
		s := searches[uint64](sum{}, ops)[i]
		for _, steps := range []int{100_000, 300_000, 700_000} {
			require.Equal(t, undecided, s.turn(t.Context(), steps, beyond))
			held := heap() - before
			t.Logf("%s: it holds %d bytes and says %d", s.name(), held, s.bytes())
			require.Less(t, held, 2*s.bytes(), s.name())
			require.Greater(t, 2*held, s.bytes(), s.name())
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
		want  answer
	}{{checker.ErrMemory, outOfMemory}, {context.DeadlineExceeded, outOfTime}, {nil, outOfTime}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(c.cause)
		for _, s := range searches[uint64](sum{}, powers(30)) {
			require.Equal(t, c.want, s.turn(ctx, maxSteps, beyond), s.name())
		}
		p := newPorcupine[uint64](sum{}, powers(30))
		require.Equal(t, c.want, p.turn(ctx, maxSteps, beyond))
		require.Equal(t, c.want, portfolio[uint64]{model: sum{}, kind: model.KindOf[uint64](sum{}), limits: checker.Limits{MemoryBytes: 1 << 30}}.decide(ctx, powers(30), 0).answer)
	}
}

func TestASearchEndsSoonAfterItHoldsMoreThanItMay(t *testing.T) {
	const bytes = 1 << 20
	for _, s := range searches[uint64](sum{}, powers(30)) {
		require.Equal(t, outOfMemory, s.turn(t.Context(), maxSteps, bytes), s.name())
		require.Less(t, s.bytes(), int64(3*bytes), s.name())
	}
	p, got := newPorcupine[uint64](sum{}, powers(30)), undecided
	for got == undecided {
		got = p.turn(t.Context(), turnSteps, bytes)
	}
	require.Equal(t, outOfMemory, got)
}

func TestASearchGivesUpBeforeItsNumbersRunOut(t *testing.T) {
	line := newTimeline(powers(30), model.KindOf[uint64](sum{}))
	d := newDepth[uint64](sum{}, line)
	require.Equal(t, undecided, d.turn(t.Context(), 1, beyond-1))
	d.seen.n += countMax + 1
	require.Equal(t, outOfMemory, spent(t.Context(), d.bytes(), beyond-1))
	f := newFrontier[uint64](sum{}, line)
	require.Equal(t, undecided, f.turn(t.Context(), 1, beyond-1))
	f.within.n += countMax + 1
	require.Equal(t, outOfMemory, spent(t.Context(), f.bytes(), beyond-1))
}
