package linearizable_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/checkertest"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

func TestZonesShowALegalOrder(t *testing.T) {
	shown := 0
	for seed := range uint64(400_000) {
		r := rand.New(rand.NewPCG(seed, 21))
		ops := randomOps(r, 1+r.IntN(12), seed%8 != 0, seed%4 == 1)
		order, legal := linearizable.OrderByZones(models.Register{}, ops)
		if !legal {
			continue
		}
		shown++
		if fault := checkertest.Replay(models.Register{}, ops, order); fault != "" {
			t.Fatalf("seed %d: %v: %s: %s", seed, order, fault, dump(ops))
		}
	}
	require.Greater(t, shown, 200_000)
}

func TestZonesHoldNoMoreMemoryThanTheySay(t *testing.T) {
	var deciding, ordering uint64
	for _, n := range []int{1000, 1<<13 + 1, 30_000} { // maps and slices grow in steps
		writes, texts, swaps, lostWrites := make([]history.Op, n), make([]history.Op, n), make([]history.Op, n), make([]history.Op, n)
		value := history.Absent
		for i := range n {
			next := history.Int(int64(i))
			writes[i], swaps[i] = put(2*i, 2*i+1, next), swap(2*i, 2*i+1, value, next)
			lostWrites[i] = perhaps(writes[i])
			texts[i] = put(2*i, 2*i+1, history.Text("v"+string(next)))
			value = next
		}
		for _, ops := range [][]history.Op{writes, texts, swaps, lostWrites, busy(rand.New(rand.NewPCG(1, 2)), 32, n)} {
			deciding = max(deciding, allocated(func() { linearizable.ByZones(models.Register{}, ops) })/uint64(n))
			ordering = max(ordering, allocated(func() { linearizable.OrderByZones(models.Register{}, ops) })/uint64(n))
		}
	}
	t.Logf("at most %d bytes for each operation, and %d with an order", deciding, ordering)
	require.LessOrEqual(t, deciding, uint64(linearizable.ZonesBytesMax))
	require.LessOrEqual(t, ordering, uint64(linearizable.ZonesBytesMax+linearizable.ZonesOrderBytesMax))
}

// allocated returns how many bytes do allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestZonesShowALegalOrderOfALongHistory(t *testing.T) {
	for seed := range uint64(5) {
		ops := busy(rand.New(rand.NewPCG(seed, 2)), 32, 100_000)
		order, legal := linearizable.OrderByZones(models.Register{}, ops)
		require.True(t, legal)
		require.Empty(t, checkertest.Replay(models.Register{}, ops, order))
	}
}
