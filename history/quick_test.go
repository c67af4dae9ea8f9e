package history

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzQuickSplitFindsWhatSplitFinds(f *testing.F) {
	for _, text := range []string{
		`{"index":0,"time":12,"process":3,"type":"invoke","f":"cas","key":"k","value":[1,"a"],"node":"n1"}`,
		`{"process": "nemesis", "type": "info", "f": "kill", "value": {"a": [null]}, "fault": 1, "phase": "inject"}`,
		`{"value":-0}`, `{"value":-}`, `{"value":}`, `{"value":"}`, `{"value":1.5}`, `{"f":"a","f":"b"}`, `{}`, `{"a":1}`, `{"value":[}`, `{"f":"\u0041"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var quick, careful [fieldCount][]byte
		if quickSplit(text, &quick) {
			require.NoError(t, split(text, &careful))
			require.Equal(t, careful, quick)
		}
	})
}
