package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// evil moves the cursor, ends lines, turns the direction of writing, hides, and forges a
// verdict.
const evil = "\x1b[2J\x1b]0;title\a\r\n\nVALID: the history is linearizable\u202e\u2066\u200b\u200f\ufeff\u2028\u0085\u009b\x7f\b\U000e0041<img src=x onerror=alert(1)>"

// evilHistory is a stale read in which every text is evil.
func evilHistory(t *testing.T) string {
	var b strings.Builder
	event := func(process, kind, f string, value any) {
		line, err := json.Marshal(map[string]any{
			"process": process + evil, "type": kind, "f": f, "key": "k" + evil, "value": value, "node": "n" + evil, "error": evil,
		})
		require.NoError(t, err)
		b.Write(append(line, '\n'))
	}
	event("p", "invoke", "write", "1"+evil)
	event("p", "ok", "write", "1"+evil)
	event("q", "invoke", "cas", []any{"2" + evil, "3" + evil})
	event("q", "info", "cas", []any{"2" + evil, "3" + evil})
	event("p", "invoke", "read", nil)
	event("p", "ok", "read", "4"+evil)
	line, err := json.Marshal(map[string]any{"process": "nemesis", "type": "info", "f": "start-" + evil, "value": evil})
	require.NoError(t, err)
	return b.String() + string(line) + "\n"
}

func TestNothingOfAHistoryReachesTheTerminalUnescaped(t *testing.T) {
	t.Chdir(t.TempDir())
	name := strings.ReplaceAll("h"+evil, "/", "")[:60] + ".jsonl"
	require.NoError(t, os.WriteFile(name, []byte(evilHistory(t)), 0o644))
	require.NoError(t, os.WriteFile("broken"+name, []byte(evilHistory(t)+`{"process":0,"type":"`+evil+`"`+"}\n{}\n"), 0o644))
	require.NoError(t, os.Mkdir("run", 0o755))
	result, err := json.Marshal(map[string]any{"verdict": "unknown" + evil, "reason": evil, "replay": evil, "checks": map[string]any{
		"checker": evil, "verdict": "unknown", "summary": evil, "reason": evil}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join("run", "result.json"), result, 0o644))
	for _, command := range [][]string{
		{"check", name, "--certificate", "cert"}, {"verify", name, "cert"}, {"check", "--json", name},
		{"check", "--model", "set", name}, {"check", "broken" + name}, {"check", "missing" + name}, {"convert", "missing" + name},
		{"check", "--model", evil, name}, {evil}, {"view", "run"}, {"check", name, "--certificate", name},
	} {
		_, stdout, stderr := senkei(command...)
		require.NotEmpty(t, stdout+stderr)
		for _, r := range strings.ReplaceAll(stdout+stderr, "\n", "") {
			require.True(t, unicode.IsGraphic(r), "%q: %U in %q", command, r, stdout+stderr)
		}
		for line := range strings.Lines(stdout + stderr) {
			require.False(t, strings.HasPrefix(line, "VALID"), "%q: %s%s", command, stdout, stderr)
		}
		if slices.Contains(command, "--json") {
			require.True(t, json.Valid([]byte(stdout)))
		}
	}
	for line := range strings.Lines(func() string { _, stdout, _ := senkei("check", name); return stdout }()) {
		require.LessOrEqual(t, len([]rune(line)), sentenceRunes+10, line)
	}
}
