package harness

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "result.json")
	require.NoError(t, WriteJSON(path, "first"))
	broken := errors.New("no more ink")
	err := WriteFile(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "sec")
		return broken
	})
	require.ErrorIs(t, err, broken)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "\"first\"\n", string(text))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "a temporary file was left behind")
}

func TestLatestPointsToTheNewestRun(t *testing.T) {
	store := t.TempDir()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	_, err := NewDir(store, "node-register", now)
	require.NoError(t, err)
	dir, err := NewDir(store, "node-register", now.Add(time.Second))
	require.NoError(t, err)
	latest, err := filepath.EvalSymlinks(filepath.Join(store, "latest"))
	require.NoError(t, err)
	want, err := filepath.EvalSymlinks(string(dir))
	require.NoError(t, err)
	require.Equal(t, want, latest)
}
