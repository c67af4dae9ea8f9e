package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness"
)

// stopped runs a command line whose context ends after a while, and requires that it then ends
// within a second.
func stopped(t *testing.T, ctx context.Context, args ...string) (code int, stderr string) {
	var out, err bytes.Buffer
	ended := make(chan int, 1)
	go func() { ended <- execute(ctx, args, &out, &err) }()
	<-ctx.Done()
	select {
	case code = <-ended:
	case <-time.After(time.Second):
		t.Fatal("it does not end")
	}
	return code, err.String()
}

func TestWhatReadsAPipeThatSaysNothingCanBeInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, syscall.Mkfifo("pipe", 0o644))
	for _, args := range [][]string{{"check", "pipe"}, {"check", "pipe", "--certificate", "c"}, {"verify", "pipe", "c"}, {"convert", "pipe", "-o", "o"}, {"view", "pipe"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, interrupt)
		code, stderr := stopped(t, ctx, args...)
		require.Equal(t, exitUnknown, code, stderr)
		require.Contains(t, stderr, "it was interrupted")
		require.Contains(t, stderr, "nothing was written")
	}
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestTheTimeForACheckCountsFromTheStart(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, syscall.Mkfifo("pipe", 0o644))
	code, _, stderr := senkei("check", "pipe", "--check-time", "50ms")
	require.Equal(t, exitUnknown, code, stderr)
	require.Contains(t, stderr, "the time given was over before the history was read; raise --check-time")
}

func TestAnInterruptedCheckOfARunLeavesTheResultOfBefore(t *testing.T) {
	dir := t.TempDir()
	code, stdout, stderr := senkei("run", "--runtime", "sim", "--time", "2s", "--nemesis", "none", "--seed", "1", "--store", dir)
	require.Zero(t, code, stdout+stderr)
	before, err := os.ReadFile(dir + "/latest/result.json")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, stderr = stopped(t, ctx, "check", dir+"/latest")
	require.Equal(t, exitUnknown, code, stderr)
	after, err := os.ReadFile(dir + "/latest/result.json")
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}

func TestEveryFileGetsTheReport(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	require.NoError(t, os.WriteFile("h.jsonl", []byte(stale), 0o644))
	for range 2 { // it replaces its own report
		code, stdout, stderr := senkei("check", "h.jsonl", "--report", "out.html")
		require.Equal(t, exitInvalid, code, stderr)
		require.Contains(t, stdout, "Report: out.html\n")
	}
	page, err := os.ReadFile("out.html")
	require.NoError(t, err)
	require.Contains(t, string(page), "h.jsonl")
	require.NotContains(t, string(page), "timeline.html", "a file has nothing beside it")
	code, stdout, stderr := senkei("view", "h.jsonl")
	require.Zero(t, code, stderr)
	_, path, found := strings.Cut(stdout, "Report: ")
	require.True(t, found, stdout)
	require.FileExists(t, strings.TrimSpace(path))
	code, _, stderr = senkei("check", "h.jsonl", "--report", "h.jsonl")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "is being read")
}

func TestAResultThatIsNoneIsAnErrorWithTheRemedy(t *testing.T) {
	dir := harness.Dir(t.TempDir())
	for _, content := range []string{"", "{}", "[]", "null", `{"verdict":"fine"}`, `{"verdict":"valid"}`, `{"hello":"world"}`} {
		require.NoError(t, os.WriteFile(string(dir)+"/result.json", []byte(content), 0o644))
		code, stdout, stderr := senkei("view", string(dir))
		require.Equal(t, exitUsage, code, content)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "this is not the result of a run")
		require.Contains(t, stderr, "`senkei check "+string(dir)+"` makes it anew")
	}
}
