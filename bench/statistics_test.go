package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestASpreadIsTheMiddleAndTheEnds(t *testing.T) {
	for _, row := range []struct {
		values []float64
		want   spread
	}{
		{nil, spread{}},
		{[]float64{7}, spread{7, 7, 7}},
		{[]float64{3, 1}, spread{1, 2, 3}},
		{[]float64{9, 1, 4}, spread{1, 4, 9}},
		{[]float64{9, 1, 4, 5}, spread{1, 4.5, 9}},
	} {
		given := slices.Clone(row.values)
		require.Equal(t, row.want, spreadOf(row.values))
		require.Equal(t, given, row.values, "the values were put into another order")
	}
}

func TestQuantilesAreThoseOfTheSortedLatencies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.SliceOfN(rapid.Int64Range(1, 10_000_000), 1, 500).Draw(t, "micros")
		var latencies []time.Duration
		for _, m := range micros {
			latencies = append(latencies, time.Duration(m)*time.Microsecond)
		}
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(latencies), func(i, j int) {
			latencies[i], latencies[j] = latencies[j], latencies[i]
		})
		p50, p99 := quantiles(latencies)
		slices.Sort(micros)
		rank := func(percent int) float64 { return float64(micros[(len(micros)*percent+99)/100-1]) / 1000 }
		require.InEpsilon(t, rank(50), p50, 0.002)
		require.InEpsilon(t, rank(99), p99, 0.002)
	})
}

func TestNothingMeasuredIsZero(t *testing.T) {
	p50, p99 := quantiles(nil)
	require.Zero(t, p50)
	require.Zero(t, p99)
}
