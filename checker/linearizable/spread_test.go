package linearizable_test

import (
	"encoding/json"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

// atOnce carries out each task in a goroutine of its own.
func atOnce(tasks []func()) {
	var all sync.WaitGroup
	for _, task := range tasks {
		all.Go(task)
	}
	all.Wait()
}

// told is a verdict with all that is said of it.
func told(t *testing.T, lim checker.Limits, ops []history.Op) string {
	v := linearizable.Of(models.Register{}).CheckKey(t.Context(), "", history.History{Ops: ops}, lim)
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func TestAVerdictAndItsExplanationDoNotDependOnWhetherSearchesRunAtOnce(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(3, seed))
		ops := planted(r, 16+28*int(seed), 600+400*int(seed), 3+int(seed)%2*2)
		want := told(t, checker.Limits{}, ops)
		require.Contains(t, want, `"invalid"`)
		require.Equal(t, want, told(t, checker.Limits{}, ops), "once more")
		for range 3 {
			require.Equal(t, want, told(t, checker.Limits{Spread: atOnce}, ops), "at once")
		}
	}
}

func TestAnOrderDoesNotDependOnWhetherSearchesRunAtOnce(t *testing.T) {
	for seed := range uint64(4) {
		ops := repeating(rand.New(rand.NewPCG(4, seed)), 16, 500, 3)
		want := told(t, checker.Limits{Orders: true}, ops)
		require.Contains(t, want, `"valid"`)
		require.Equal(t, want, told(t, checker.Limits{Orders: true, Spread: atOnce}, ops), "at once")
	}
}
