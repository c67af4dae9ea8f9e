package models

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
)

func TestADictIsAMapThatEqualsEveryDictOfItsContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.Map(rapid.Int64Range(0, 40), history.Int)
		var d dict
		want := map[history.Value]history.Value{}
		for range rapid.IntRange(0, 80).Draw(t, "changes") {
			key := keys.Draw(t, "key")
			if rapid.Bool().Draw(t, "removes") {
				d = d.remove(key)
				delete(want, key)
			} else {
				value := keys.Draw(t, "value")
				d = d.put(key, value)
				want[key] = value
			}
		}
		require.Equal(t, want, maps.Collect(d.all()))
		require.Equal(t, len(want), d.size)
		missing, ok := d.get("100")
		require.False(t, ok)
		require.Equal(t, history.Absent, missing)
		var again dict
		for _, key := range rapid.Permutation(slices.Sorted(maps.Keys(want))).Draw(t, "order") {
			got, ok := d.get(key)
			require.True(t, ok)
			require.Equal(t, want[key], got)
			again = again.put(key, want[key])
		}
		require.True(t, d == again, "the same content in another order is another dict")
		require.False(t, d == again.put("new", "1"))
	})
}

func TestKeysThatShareTheirWholeHashPartAtTheNextOne(t *testing.T) {
	// Two keys as far down as a slot can be asked for: beyond the digits of one hash.
	var s slot
	s = s.put(leaf{"1", "a"}, perHash)
	s = s.put(leaf{"2", "b"}, perHash)
	require.True(t, s.isBranch())
	require.Equal(t, s.remove("2", perHash), slot{}.put(leaf{"1", "a"}, perHash))
	require.NotEqual(t, digit("key", 0), digit("key", perHash), "the second hash is the first one again")
}

func TestKeysComeInOrder(t *testing.T) {
	var d dict
	for _, n := range []int64{10, 9, 100, -1} {
		d = d.put(history.Int(n), history.Absent)
	}
	require.Equal(t, []history.Value{"9", "-1", "10", "100"}, d.keys())
}

func BenchmarkDictPut(b *testing.B) {
	for _, size := range []int{100, 1000, 100_000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			for b.Loop() {
				var d dict
				for i := range size {
					d = d.put(history.Int(int64(i)), history.Absent)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/put")
		})
	}
}
