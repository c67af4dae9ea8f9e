package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history/formats"
)

func TestARecordingIsTheSameValidHistoryInEveryForm(t *testing.T) {
	var same int
	for _, r := range []recording{{Operations: 2000}, {Operations: 2000, EDN: true}, {Operations: 2000, Packed: true}} {
		path := filepath.Join(t.TempDir(), "history")
		require.NoError(t, r.write(path))
		h, err := formats.All().ReadFile(path, formats.Options{})
		require.NoError(t, err)
		require.Empty(t, h.Notes)
		require.Len(t, h.Ops, 2000)
		require.Len(t, h.Groups().Keys(), 5)
		require.Equal(t, checker.Valid, linearizable.Of(models.Register{}).Check(t.Context(), h, checker.Limits{}).Status)
		unknown := 0
		for _, op := range h.Ops {
			if op.Complete == 1<<63-1 {
				unknown++
			}
		}
		require.NotZero(t, unknown)
		same += unknown
		require.Zero(t, same%unknown)
	}
}
