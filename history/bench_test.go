package history_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

// lines are a register history of n operations of 32 clients in JSON Lines.
func lines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		for j, kind := range []string{"invoke", "ok"} {
			fmt.Fprintf(&b, `{"index":%d,"time":%d,"process":%d,"type":%q,"f":"write","key":"k%d","value":%d,"node":"n%d"}`+"\n",
				2*i+j, 1000*(2*i+j), i%32, kind, i%100, i, i%5)
		}
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	text := lines(100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		h, err := history.Decode(bytes.NewReader(text))
		require.NoError(b, err)
		require.Len(b, h.Ops, 100_000)
	}
}

func BenchmarkRecorder(b *testing.B) {
	r, err := history.Create(filepath.Join(b.TempDir(), "history.jsonl"))
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
