package edn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/history/edn"
)

func BenchmarkDecode(b *testing.B) {
	const operations = 50_000
	var text strings.Builder
	for i := range operations {
		for j, kind := range []string{"invoke", "ok"} {
			fmt.Fprintf(&text, "{:index %d, :time %d, :process %d, :type :%s, :f :write, :value [\"k%d\" %d], :node \"n%d\"}\n", 2*i+j, 1000*(2*i+j), i%32, kind, i%100, i, i%5)
		}
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		h, err := edn.Decode(strings.NewReader(text.String()), edn.Options{Keyed: true})
		require.NoError(b, err)
		require.Len(b, h.Ops, operations)
	}
}
