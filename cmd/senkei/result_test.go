package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/harness"
)

func TestAResultSaysWhatItsPropertiesSay(t *testing.T) {
	linearizable := checker.Verdict{Property: "linearizable", Status: checker.Valid, Summary: "the history is linearizable"}
	stale := checker.Verdict{
		Property: "linearizable", Status: checker.Invalid, Summary: "the history is not linearizable", Reason: "It was stale.",
		Evidence: &checker.Core{Sentences: []string{"It was stale.", "It was old."}},
	}
	for _, c := range []struct {
		parts []checker.Verdict
		says  []string
	}{
		{[]checker.Verdict{linearizable, linearizable, {Property: "run", Status: checker.Valid}}, []string{"VALID: the history is linearizable"}},
		{
			[]checker.Verdict{linearizable, {Property: "eventual", Status: checker.Valid, Summary: "all replicas agree", Evidence: &checker.Order{}}},
			[]string{"VALID: the history is linearizable, and all replicas agree"},
		},
		{[]checker.Verdict{linearizable, stale}, []string{"INVALID: the history is not linearizable", "  It was stale.", "  It was old."}},
		{
			[]checker.Verdict{linearizable, {Property: "eventual", Status: checker.Invalid, Summary: "a replica is behind", Reason: "It is n2."}},
			[]string{"INVALID: a replica is behind", "  It is n2."},
		},
		{
			[]checker.Verdict{{Property: "coverage", Summary: checker.NothingProved, Reason: "no read succeeded"}, linearizable},
			[]string{"UNKNOWN: " + checker.NothingProved, "  no read succeeded"},
		},
	} {
		v := checker.Merge("run", c.parts...)
		var out bytes.Buffer
		describe(&out, harness.Result{Verdict: v.Status.String(), Reason: v.Reason, Checks: v})
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Equal(t, c.says, lines[:len(lines)-1], "without the counts at the end")
	}
}

func TestARunThatMetWhatItsScheduleExpectsSaysSo(t *testing.T) {
	store := t.TempDir()
	schedule := filepath.Join(store, "schedule.yaml")
	require.NoError(t, os.WriteFile(schedule, []byte("- {at: 1s, for: 1s, fault: kill, targets: leader, expect: [new-leader]}\n"), 0o644))
	code, stdout, stderr := senkei("run", "--runtime", "sim", "--nodes", "3", "--clients", "3", "--time", "5s", "--seed", "7", "--schedule", schedule, "--store", store)
	require.Zero(t, code, stdout+stderr)
	const headline = "the history is linearizable, and every expectation was met"
	require.Contains(t, stdout, "\nVALID: "+headline+"\n")
	require.Contains(t, stdout, "\nExpected new-leader, step 1 (kill n")
	report, err := os.ReadFile(filepath.Join(store, "latest", "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(report), "Valid: "+headline)
}
