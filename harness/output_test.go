package harness

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func contentOf(t *testing.T, path string) string {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

func TestAnOutputReplacesOnlyWhatCanBeDoneWithout(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{"input": "history", "theirs": "precious", "ours": "mark: old", "empty": ""} {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
	}
	require.NoError(t, os.Mkdir("folder", 0o755))
	require.NoError(t, os.Link("input", "hard"))
	for link, to := range map[string]string{"soft": "input", "softly": "soft", "to-ours": "ours", "to-theirs": "theirs", "dangling": "nothing"} {
		require.NoError(t, os.Symlink(to, link))
	}
	for path, says := range map[string]string{
		"input": "is being read", "./input": "is being read", "hard": "is being read", "soft": "is being read", "softly": "is being read",
		"theirs": "Senkei does not know it as a file of its own", "to-theirs": "Senkei does not know it",
		"folder": "it is a directory", "dangling": "a link that leads nowhere", "none/new": "none is no directory; make it before",
	} {
		o := Output{Flag: "--out", Path: path, Mark: "mark:", Inputs: []string{"input"}}
		require.ErrorContains(t, o.Validate(), says, path)
		require.ErrorContains(t, o.Validate(), "--out "+path+": ")
		require.ErrorContains(t, o.Write(t.Context(), text("lost")), says, path)
	}
	for _, path := range []string{"new", "empty", "ours", "to-ours"} {
		o := Output{Flag: "--out", Path: path, Mark: "mark:", Inputs: []string{"input"}}
		require.NoError(t, o.Validate(), path)
		require.NoError(t, o.Write(t.Context(), text("mark: new")), path)
		require.Equal(t, "mark: new", contentOf(t, path))
	}
	require.ErrorContains(t, Output{Flag: "--out", Path: "ours"}.Validate(), "does not know it", "without a mark nothing is known")
	require.NoError(t, Output{}.Write(t.Context(), text("nowhere")))
	require.Equal(t, "history", contentOf(t, "input"))
	require.Equal(t, "precious", contentOf(t, "theirs"))
	link, err := os.Readlink("to-ours")
	require.NoError(t, err)
	require.Equal(t, "ours", link)
}

func TestAnOutputIsWrittenWholeOrNotAtAll(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("ours", []byte("mark: old"), 0o644))
	o := Output{Flag: "--out", Path: "ours", Mark: "mark:"}
	half := func(w io.Writer) error { return errors.Join(text("ha")(w), errors.New("cut")) }
	require.ErrorContains(t, o.Write(t.Context(), half), "cut")
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, o.Write(interrupted, text("late")), context.Canceled)
	require.Equal(t, "mark: old", contentOf(t, "ours"))
	left, err := filepath.Glob(".*")
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestAnOutputThatTakesNothingIsAnError(t *testing.T) {
	require.ErrorIs(t, Output{Flag: "--out", Path: "/dev/full"}.Write(t.Context(), text("x")), syscall.ENOSPC)
	require.Error(t, Output{Flag: "--out", Path: "/proc/out"}.Write(t.Context(), text("x")))
	require.NoError(t, Output{Flag: "--out", Path: "/dev/null"}.Write(t.Context(), text("x")))
}

func TestARunDoesNotReplaceWhatIsNoLinkToARun(t *testing.T) {
	store := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(store, "latest"), []byte("precious"), 0o644))
	_, err := NewDir(store, "node-register", time.Unix(0, 0))
	require.ErrorContains(t, err, "is no link to a run")
	require.Equal(t, "precious", contentOf(t, filepath.Join(store, "latest")))
}
