package main

import (
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// spread is the middle and the ends of a few measurements, which are all that so few can
// honestly say.
type spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"` // of an even number, the mean of the two in the middle
	Max    float64 `json:"max"`
}

// spreadOf returns zeros where nothing was measured.
func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{Min: sorted[0], Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Max: sorted[n-1]}
}

// quantiles returns the latencies in milliseconds that 50 % and 99 % of the operations
// did not exceed, exact to 0.1 %.
func quantiles(latencies []time.Duration) (p50, p99 float64) {
	h := hdrhistogram.New(1, time.Minute.Microseconds(), 3)
	for _, l := range latencies {
		// A load ends long before an operation can have taken the histogram's minute.
		_ = h.RecordValue(max(1, l.Microseconds()))
	}
	return float64(h.ValueAtQuantile(50)) / 1000, float64(h.ValueAtQuantile(99)) / 1000
}
