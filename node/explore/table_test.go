package explore

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFingerprintIsNewOnce(t *testing.T) {
	var f fingerprintSet
	prints := []uint64{0, math.MaxUint64, 1 << 63}
	for i := range uint64(10_000) {
		prints = append(prints, 2+i, (1+i)<<40)
	}
	for _, p := range prints {
		require.True(t, f.add(p), "%x", p)
		require.False(t, f.add(p), "%x", p)
	}
	for _, p := range prints {
		require.False(t, f.add(p), "%x", p)
	}
	require.Equal(t, len(prints), f.count)
}

func TestRenamingsAreAllPermutations(t *testing.T) {
	all := renamings(4)
	require.Equal(t, renaming{0, 1, 2, 3}, all[0])
	seen := map[string]bool{}
	for _, r := range all {
		names := ""
		for _, id := range allNames[:4] {
			names += string(r.name(id))
		}
		seen[names] = true
	}
	require.Len(t, seen, 24)
}
