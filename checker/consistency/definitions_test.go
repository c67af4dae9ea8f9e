package consistency

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

var histories = flag.Int("histories", 4_000, "how many random histories each check is compared on")

// alone judges each model by its own check, without what the verdicts imply for each other.
func alone(h history.History) map[string]Verdict {
	r := gather(h.Ops)
	o := newOrder(context.Background(), r, checker.DefaultMemoryBytes)
	causal := o.causal(context.Background())
	verdicts := map[string]Verdict{Causal: causal, Sequential: r.sequential(context.Background(), causal, checker.DefaultMemoryBytes)}
	for _, verdict := range o.guarantees(context.Background()) {
		verdicts[verdict.Model] = verdict
	}
	return verdicts
}

var guaranteeModels = []string{MonotonicReads, MonotonicWrites, ReadYourWrites, WritesFollowReads}

func is(ok bool) checker.Status {
	if ok {
		return checker.Valid
	}
	return checker.Invalid
}

func TestEachCheckAgreesWithItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	counts := map[string]int{}
	for n := range *histories {
		h := drawn(rng, false, small(rng))
		b := newBrute(h.Ops)
		verdicts := alone(h)
		say := func(model string) string {
			return fmt.Sprintf("history %d: %s: %+v\n%v", n, model, verdicts[model], h.Ops)
		}
		require.Equal(t, is(b.causalByPermutations()), verdicts[Causal].Status, "%s", say(Causal))
		require.Equal(t, is(sequentialByInterleaving(bySession(h.Ops), map[string]history.Value{})), verdicts[Sequential].Status, "%s", say(Sequential))
		for _, model := range guaranteeModels {
			require.Equal(t, b.expected(model), verdicts[model].Status, "%s", say(model))
		}
		for model, verdict := range verdicts {
			counts[model+" "+verdict.Status.String()]++
			require.Equal(t, verdict.Status == checker.Invalid, len(verdict.Ops) > 0, "%s", say(model))
		}
	}
	t.Log(counts)
	for _, model := range append([]string{Sequential, Causal}, guaranteeModels...) {
		require.Greater(t, counts[model+" valid"], *histories/8, "%v", counts)
		require.Greater(t, counts[model+" invalid"], *histories/4000, "%v", counts)
	}
}

func TestLongerHistoriesAgreeWithTheDefinitionOfEachGuarantee(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	invalid := map[string]int{}
	for n := range *histories / 4 {
		h := drawn(rng, false, 20+rng.IntN(30))
		b := newBrute(h.Ops)
		verdicts := alone(h)
		for _, model := range guaranteeModels {
			want := b.expected(model)
			require.Equal(t, want, verdicts[model].Status, "history %d: %s: %+v\n%v", n, model, verdicts[model], h.Ops)
			if want == checker.Invalid && !b.cyclic() {
				invalid[model]++
			}
		}
		require.Equal(t, is(!b.badPattern()), verdicts[Causal].Status, "history %d: %+v\n%v", n, verdicts[Causal], h.Ops)
	}
	for _, model := range guaranteeModels {
		require.Greater(t, invalid[model], *histories/400, "%v", invalid)
	}
}

func TestSequentialIsDecidedWithRepeatedValuesToo(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range *histories {
		h := drawn(rng, true, small(rng))
		got := alone(h)
		want := sequentialByInterleaving(bySession(h.Ops), map[string]history.Value{})
		require.Equal(t, is(want), got[Sequential].Status, "history %d: %+v\n%v", n, got[Sequential], h.Ops)
		for model, verdict := range got {
			require.False(t, want && verdict.Status == checker.Invalid, "history %d: %s: %+v\n%v", n, model, verdict, h.Ops)
		}
	}
}

func TestAStrongerModelImpliesTheWeakerOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	linearizable := linearizable.Of(models.Register{})
	for n := range *histories / 8 {
		h := drawn(rng, false, small(rng))
		verdicts := alone(h)
		if linearizable.Check(context.Background(), h, checker.Limits{}).Status == checker.Valid {
			require.Equal(t, checker.Valid, verdicts[Sequential].Status, "history %d: %v", n, h.Ops)
		}
		if verdicts[Sequential].Status == checker.Valid {
			require.Equal(t, checker.Valid, verdicts[Causal].Status, "history %d: %v", n, h.Ops)
		}
		if verdicts[Causal].Status == checker.Valid {
			for _, model := range guaranteeModels {
				require.Equal(t, checker.Valid, verdicts[model].Status, "history %d: %s: %v", n, model, h.Ops)
			}
		}
	}
}
