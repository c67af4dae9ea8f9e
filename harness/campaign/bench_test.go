package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/workloads"
)

// BenchmarkStandard is one run of the profile standard: planned, carried out and judged.
func BenchmarkStandard(b *testing.B) {
	b.ReportAllocs()
	profile, err := FindProfile("standard")
	require.NoError(b, err)
	w := workloads.Register()
	events := 0
	for seed := range uint64(b.N) {
		p, err := MakePlan(seed, profile, w)
		require.NoError(b, err)
		o := Run(p, w, Options{})
		require.Empty(b, o.Class)
		events += o.Counts.Events
	}
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
}
