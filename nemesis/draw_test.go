package nemesis

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestInAShuffledCycleEachComesOnceBeforeAnyComesAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Draws{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), cycles: map[string][]int{}}
		sizes := map[string]int{"shape": rapid.IntRange(1, 6).Draw(t, "shapes"), "trouble": rapid.IntRange(1, 6).Draw(t, "troubles")}
		drawn := map[string][]int{}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"shape", "trouble"}), 0, 40).Draw(t, "names") {
			drawn[name] = append(drawn[name], d.Turn(name, sizes[name]))
		}
		for name, numbers := range drawn {
			for cycle := range slices.Chunk(numbers, sizes[name]) {
				slices.Sort(cycle)
				require.Len(t, slices.Compact(cycle), len(cycle), "%s: %v", name, numbers)
				require.Less(t, cycle[len(cycle)-1], sizes[name])
			}
		}
	})
}
