package zones

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

func TestEachValueHasOneNumberWhateverItLooksLike(t *testing.T) {
	looks := []history.Value{
		"0", "00", "01", "1", "10", "19", "20", "21", "-1", "1.5", "1e3", `"1"`, "", "null", "[1]",
		"999999999", "1000000000", "18446744073709551617", "4294967297",
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 31))
		x, want := newIDs[history.Value](10), map[history.Value]int32{}
		for range 60 {
			v := looks[r.IntN(len(looks))]
			id, known := want[v]
			if !known {
				id = int32(len(want))
				want[v] = id
			}
			got, isNew := x.id(v)
			require.Equal(t, id, got, "%q", v)
			require.Equal(t, !known, isNew, "%q", v)
		}
	}
}

func TestFirstFromFindsThePlaceFromAnyGuess(t *testing.T) {
	var chains []chain
	for end := 0; end < 100; end += 3 {
		chains = append(chains, chain{end: end})
	}
	for position := -1; position < 105; position++ {
		want := min(max((position+2)/3, 0), len(chains))
		for guess := range len(chains) + 1 {
			require.Equal(t, want, firstFrom(chains, position, guess), "position %d, guess %d", position, guess)
		}
	}
	require.Zero(t, firstFrom(nil, 5, 0))
}
