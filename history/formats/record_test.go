package formats_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/history"
	"senkei/history/formats"
)

func TestAPackedRecordingIsReadUpToItsLastFlush(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl.zst")
	r, err := formats.CreatePacked(path)
	require.NoError(t, err)
	const events = 20_000
	for i := range events / 2 {
		require.NoError(t, r.Invoke(history.Process(i%8), "n1", history.Input{F: history.Write, Key: "k", Value: history.Int(int64(i))}, time.Duration(i)))
		_, err := r.Complete(history.Process(i%8), history.Output{}, history.OK, "", time.Duration(i))
		require.NoError(t, err)
	}
	killed, err := os.ReadFile(path) // what is there while the process runs
	require.NoError(t, err)
	require.NoError(t, r.Close())
	whole, err := formats.All().ReadFile(path, formats.Options{})
	require.NoError(t, err)
	require.Len(t, whole.Ops, events/2)
	require.Empty(t, whole.Notes)

	require.NoError(t, os.WriteFile(path, killed, 0o600))
	part, err := formats.All().ReadFile(path, formats.Options{})
	require.NoError(t, err)
	require.Greater(t, len(part.Ops), events/2*8/10)
	require.NotEmpty(t, part.Notes)
	last := len(part.Ops) - 1
	require.Equal(t, whole.Ops[:last], part.Ops[:last])
	_, err = formats.CreatePacked(path)
	require.ErrorIs(t, err, os.ErrExist)
}

func BenchmarkPackedRecorder(b *testing.B) {
	r, err := formats.CreatePacked(filepath.Join(b.TempDir(), "history.jsonl.zst"))
	require.NoError(b, err)
	in := history.Input{F: history.Write, Key: "k1", Value: history.Int(12345)}
	for i := 0; b.Loop(); i++ {
		p := history.Process(i % 32)
		if err := r.Invoke(p, "n1", in, time.Duration(i)); err != nil {
			b.Fatal(err)
		}
		if _, err := r.Complete(p, history.Output{}, history.OK, "", time.Duration(i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(2*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	require.NoError(b, r.Close())
}
