package campaign

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/history"
	"senkei/nemesis"
	"senkei/workloads"
)

// offending is the register workload with a checker that takes offence at one value: so that a
// plan fails for a reason that the test knows.
func offending(value history.Value) workloads.Workload {
	w := workloads.Register()
	w.Property = offended{value}
	return w
}

func TestAShrunkPlanFailsInTheSameWayAndIsSmall(t *testing.T) {
	p := planOf(t, 5, "standard")
	later := p.Operations[len(p.Operations)/2:]
	w := offending(later[slices.IndexFunc(later, func(op Operation) bool { return op.F == history.Write })].Value)
	small, fails := Shrink(context.Background(), p, w, Options{})
	require.True(t, fails)
	require.Equal(t, ClassLinearizability, small.Outcome.Class)
	require.Len(t, small.Plan.Operations, 1)
	require.Empty(t, small.Plan.Faults)
	require.Less(t, small.Plan.Safety, p.Safety)
	require.NoError(t, small.Plan.Validate())
	require.Equal(t, small.Outcome.Hash, Run(small.Plan, w, Options{}).Hash)
}

func TestAPlanThatDoesNotFailIsNotShrunk(t *testing.T) {
	p := planOf(t, 5, "calm")
	same, fails := Shrink(context.Background(), p, register, Options{})
	require.False(t, fails)
	require.Equal(t, p, same.Plan)
}

func TestShrinkingEndsWithItsTime(t *testing.T) {
	p := planOf(t, 5, "standard")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	op := p.Operations[slices.IndexFunc(p.Operations, func(op Operation) bool { return op.F == history.Write })]
	some, fails := Shrink(ctx, p, offending(op.Value), Options{})
	require.True(t, fails)
	require.Equal(t, 1, some.Runs)
}

func TestEndCutsWhatBeginsLaterAndShiftBringsForward(t *testing.T) {
	p := Plan{
		Safety:     10 * time.Second,
		Operations: []Operation{{At: time.Second}, {At: 5 * time.Second}},
		Faults:     Faults{{At: 2 * time.Second, Fault: nemesis.Kill{}}, {At: 6 * time.Second, Fault: nemesis.Kill{}}},
	}
	p.end(5 * time.Second)
	require.Len(t, p.Operations, 1)
	require.Len(t, p.Faults, 1)
	p.shift(time.Second)
	require.Equal(t, 4*time.Second, p.Safety)
	require.Zero(t, p.Operations[0].At)
	require.Equal(t, time.Second, p.Faults[0].At)
}
