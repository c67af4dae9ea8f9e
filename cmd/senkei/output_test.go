package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNoOutputTakesThePlaceOfAnInput(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{"h.jsonl": stale, "notes": "precious"} {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o644))
	}
	require.NoError(t, os.Link("h.jsonl", "hard"))
	require.NoError(t, os.Symlink("h.jsonl", "soft"))
	for _, command := range [][]string{
		{"check", "h.jsonl", "--certificate"}, {"convert", "h.jsonl", "--to", "edn", "-o"},
	} {
		for _, out := range []string{"h.jsonl", filepath.Join(".", "h.jsonl"), "hard", "soft", "notes", "."} {
			code, stdout, stderr := senkei(append(command, out)...)
			require.Equal(t, exitUsage, code, stdout+stderr)
			require.Regexp(t, "is being read|does not know it|it is a directory", stderr)
		}
		code, stdout, stderr := senkei(append(command, "/dev/full")...)
		require.Equal(t, exitFailed, code, stdout+stderr)
		require.Contains(t, stderr, "no space left on device")
	}
	history, err := os.ReadFile("h.jsonl")
	require.NoError(t, err)
	require.Equal(t, stale, string(history))
}

func TestAHistoryIsConvertedWholeOrNotAtAll(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("h.jsonl", []byte(stale), 0o644))
	code, _, stderr := senkei("convert", "h.jsonl", "--to", "edn", "-o", "h.edn")
	require.Zero(t, code, stderr)
	_, stdout, _ := senkei("convert", "h.jsonl", "--to", "edn")
	written, err := os.ReadFile("h.edn")
	require.NoError(t, err)
	require.Equal(t, stdout, string(written))
	code, stdout, stderr = senkei("convert", "h.jsonl", "--to", "porcupine-etcd", "-o", "h.log")
	require.Equal(t, exitUsage, code, stderr)
	require.Empty(t, stdout)
	require.NoFileExists(t, "h.log")
	code, stdout, _ = senkei("convert", "h.jsonl", "--to", "porcupine-etcd")
	require.Equal(t, exitUsage, code)
	require.Empty(t, stdout)
}
