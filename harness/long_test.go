package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
	"senkei/history/formats"
)

func TestALongFileGetsTheVerdictOfTheWholeHistory(t *testing.T) {
	m := models.Register{}
	property := linearizable.Of(m)
	for name, stale := range map[string]bool{"valid": false, "stale read": true} {
		var text strings.Builder
		for i := range 500 {
			for _, kind := range []string{"invoke", "ok"} {
				fmt.Fprintf(&text, `{"process":1,"type":%q,"f":"write","key":"k%d","value":%d}`+"\n", kind, i%3, i)
			}
			value := i
			if stale && i == 400 {
				value = 1
			}
			fmt.Fprintf(&text, `{"process":2,"type":"invoke","f":"read","key":"k%d"}`+"\n"+`{"process":2,"type":"ok","f":"read","key":"k%d","value":%d}`+"\n", i%3, i%3, value)
		}
		path := filepath.Join(t.TempDir(), "history.jsonl")
		require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
		require.False(t, IsLong(path))
		h, err := formats.All().ReadFile(path, formats.Options{})
		require.NoError(t, err)
		want := JudgeHistory(t.Context(), h, property, checker.Limits{})
		got, notes, err := JudgeLong(t.Context(), path, formats.Options{}, property, m.Admit, checker.Limits{})
		require.NoError(t, err)
		require.Empty(t, notes)
		want.Consistency = nil // is not looked for
		require.Equal(t, want, got, name)
		require.Equal(t, stale, got.ExitCode == 1)
	}
	lost := filepath.Join(t.TempDir(), "lost.jsonl")
	require.NoError(t, os.WriteFile(lost, []byte(`{"process":1,"type":"invoke","f":"write","value":1}`), 0o600))
	r, _, err := JudgeLong(t.Context(), lost, formats.Options{}, property, m.Admit, checker.Limits{})
	require.NoError(t, err)
	require.Equal(t, checker.Unknown, r.Checks.Status, "no operation succeeded, so nothing is proved")
	path := filepath.Join(t.TempDir(), "named.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(`{"process":"a","type":"invoke","f":"read"}`), 0o600))
	_, _, err = JudgeLong(t.Context(), path, formats.Options{}, property, m.Admit, checker.Limits{})
	require.ErrorIs(t, err, ErrNotLong)
	_, _, err = JudgeLong(t.Context(), path, formats.Options{}, property, func(history.Input) error { return os.ErrInvalid }, checker.Limits{})
	require.ErrorIs(t, err, ErrNotLong)
}
