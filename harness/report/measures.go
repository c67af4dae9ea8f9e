package report

import (
	"slices"

	"senkei/history"
)

// measures are the rate and latency of a run in equal buckets of time, over all its
// operations: also those that are too many to be drawn.
type measures struct {
	Width   int64   `json:"width"` // of a bucket, in microseconds
	OK      []int   `json:"ok"`    // operations that ended in the bucket
	Failed  []int   `json:"fail"`
	Unknown []int   `json:"info"` // given up in the bucket
	P50     []int64 `json:"p50"`  // latency of the acknowledged ones that began in the bucket, microseconds
	P95     []int64 `json:"p95"`
	P99     []int64 `json:"p99"`
	Max     []int64 `json:"max"`
}

// A bucket shall be a few pixels wide and, where the run is short, hold enough
// operations for a quantile to mean something.
const (
	maxBuckets   = 300
	minBuckets   = 40
	opsPerBucket = 40
)

// measure fills the buckets; a history without times has none.
func measure(ops []history.Op, c clock) *measures {
	if !c.timed || len(ops) == 0 {
		return nil
	}
	m := &measures{Width: bucketWidth(c.end, int64(min(max(len(ops)/opsPerBucket, minBuckets), maxBuckets)))}
	n := int((c.end-1)/m.Width) + 1
	m.OK, m.Failed, m.Unknown = make([]int, n), make([]int, n), make([]int, n)
	m.P50, m.P95, m.P99, m.Max = make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	bucket := func(us int64) int { return min(int(us/m.Width), n-1) }
	taken := make([][]int64, n)
	for _, op := range ops {
		from, to := c.op(op)
		switch op.Outcome {
		case history.OK:
			m.OK[bucket(to)]++
			taken[bucket(from)] = append(taken[bucket(from)], to-from)
		case history.Failed:
			m.Failed[bucket(to)]++
		default:
			m.Unknown[bucket(to)]++
		}
	}
	for i, t := range taken {
		slices.Sort(t)
		m.P50[i], m.P95[i], m.P99[i], m.Max[i] = quantile(t, 50), quantile(t, 95), quantile(t, 99), quantile(t, 100)
	}
	return m
}

// bucketWidth is the smallest round width of at least 10 ms that needs at most so many
// buckets.
func bucketWidth(end, buckets int64) int64 {
	for unit := int64(10_000); ; unit *= 10 {
		for _, w := range []int64{unit, 2 * unit, 5 * unit} {
			if end <= w*buckets {
				return w
			}
		}
	}
}

// quantile returns the nearest-rank quantile of sorted values in percent, at least 1
// where there are any, because 0 means that there are none.
func quantile(sorted []int64, percent int) int64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100
	return max(sorted[max(rank-1, 0)], 1)
}
