package consistency

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/history"
)

// withUnknowns makes the outcome of some writes unknown, which retires their process.
func withUnknowns(rng *rand.Rand, ops []history.Op) {
	retired := map[history.Process]int{}
	for i := range ops {
		op := &ops[i]
		slot := op.Process
		op.Process += history.Process(5 * retired[slot])
		if _, _, stores, _ := effects(op); stores && rng.IntN(4) == 0 {
			op.Outcome, op.Out = history.Unknown, history.Output{}
			retired[slot]++
		}
	}
}

// worlds calls f with each set of operations that may have taken place.
func worlds(ops []history.Op, f func(took []history.Op) bool) bool {
	var extend func(took, rest []history.Op) bool
	extend = func(took, rest []history.Op) bool {
		if len(rest) == 0 {
			return f(took)
		}
		op := rest[0]
		if op.Outcome == history.Unknown {
			if extend(took, rest[1:]) {
				return true
			}
			op.Outcome, op.Out.Swapped = history.OK, op.In.F == history.CAS
		}
		return extend(append(took[:len(took):len(took)], op), rest[1:])
	}
	return extend(nil, ops)
}

func TestAWriteOfUnknownOutcomeMayHaveTakenPlaceOrNot(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	counts := map[string]int{}
	for n := range *histories {
		repeat := n%2 == 1
		h := drawn(rng, repeat, small(rng))
		withUnknowns(rng, h.Ops)
		got := alone(h)
		sequential := worlds(h.Ops, func(took []history.Op) bool {
			return sequentialByInterleaving(bySession(took), map[string]history.Value{})
		})
		require.Equal(t, is(sequential), got[Sequential].Status, "history %d: %+v\n%v", n, got[Sequential], h.Ops)
		counts[got[Sequential].Status.String()]++
		for model, verdict := range got {
			require.False(t, sequential && verdict.Status == checker.Invalid, "history %d: %s: %+v\n%v", n, model, verdict, h.Ops)
		}
		if repeat {
			continue
		}
		causal := worlds(h.Ops, func(took []history.Op) bool { return newBrute(took).causalByPermutations() })
		require.Equal(t, is(causal), got[Causal].Status, "history %d: %+v\n%v", n, got[Causal], h.Ops)
	}
	require.Greater(t, counts["valid"], *histories/8, "%v", counts)
	require.Greater(t, counts["invalid"], *histories/20, "%v", counts)
}
