package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness"
)

// TestMain lets the test binary be a worker of a campaign, which starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "sim" {
		os.Exit(execute(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestACampaignTellsTheSameOfTheSameSeedsHoweverManyShareThem(t *testing.T) {
	t.Chdir(t.TempDir())
	code, one, stderr := senkei("sim", "--seeds", "1-30", "--jobs", "1")
	require.Zero(t, code, stderr)
	require.Contains(t, one, "30 runs of the profile swarm: 30 without a finding")
	require.Contains(t, stderr, "30 of 30")
	code, two, _ := senkei("sim", "--seeds", "1-30", "--jobs", "2")
	require.Zero(t, code)
	require.Equal(t, one, two)
	require.NoDirExists(t, "store")
}

func TestASeedIsReplayedAsARunWithADiagram(t *testing.T) {
	store := t.TempDir()
	code, stdout, stderr := senkei("replay", "7", "--profile", "standard", "--store", store)
	require.Zero(t, code, stdout+stderr)
	require.Contains(t, stdout, "VALID")
	require.Contains(t, stdout, "senkei replay 7 --profile standard")
	for _, file := range []string{"test.json", "history.jsonl", "schedule.yaml", "trace.json", "result.json", "report.html"} {
		require.FileExists(t, filepath.Join(store, "latest", file))
	}
	report, err := os.ReadFile(filepath.Join(store, "latest", "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(report), "Message by message")
	code, stdout, _ = senkei("check", filepath.Join(store, "latest"))
	require.Zero(t, code, stdout)
}

func TestTheRunLoopDrivesSimulatedNodesToo(t *testing.T) {
	store := t.TempDir()
	run := func() string {
		code, stdout, stderr := senkei("run", "--runtime", harness.Simulated, "--time", "20s", "--seed", "7", "--store", store,
			"--nemesis", "kill,power,partition,member")
		require.Zero(t, code, stdout+stderr)
		h, err := os.ReadFile(filepath.Join(store, "latest", "history.jsonl"))
		require.NoError(t, err)
		return string(h)
	}
	require.Equal(t, run(), run(), "virtual time leaves nothing to chance")
}

// fromSource goes to the root of the source tree, which building a node with a bug needs.
func fromSource(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: nodes with bugs take a while to build")
	}
	t.Chdir("../..")
}

func TestAKnownBugIsFoundReplayedAndShrunk(t *testing.T) {
	fromSource(t)
	store := t.TempDir()
	code, stdout, stderr := senkei("sim", "--seeds", "1-20", "--profile", "partition", "--bug", "stale-leader-local-read", "--blind", "--store", store)
	require.Equal(t, 1, code, stdout+stderr)
	require.Contains(t, stdout, "linearizability: ")
	found, err := filepath.Glob(filepath.Join(store, "sim", "*", "failure.json"))
	require.NoError(t, err)
	require.NotEmpty(t, found)

	code, stdout, stderr = senkei("replay", found[0], "--store", store)
	require.Equal(t, 1, code, stdout+stderr)
	require.Contains(t, stdout, "The same happened as then: linearizability")

	code, stdout, stderr = senkei("shrink", found[0], "--store", store)
	require.Equal(t, 1, code, stdout+stderr)
	require.Contains(t, stdout, "linearizability: from ")
	require.Contains(t, stdout, "INVALID")
}

func TestANodeThatDoesNotSyncIsFoundByCuttingItsPowerAndNotByKillingIt(t *testing.T) {
	fromSource(t)
	for profile, want := range map[string]int{"power": 1, "kill": 0} {
		code, stdout, stderr := senkei("sim", "--seeds", "1-40", "--profile", profile, "--bug", "fsync-after-ack", "--blind", "--store", t.TempDir())
		require.Equal(t, want, code, profile+stdout+stderr)
	}
}

func TestTheInvariantsSeeAMissingSyncAtOnce(t *testing.T) {
	fromSource(t)
	code, stdout, stderr := senkei("sim", "--seeds", "1-2", "--profile", "calm", "--bug", "fsync-after-ack", "--store", t.TempDir())
	require.Equal(t, 1, code, stdout+stderr)
	require.Contains(t, stdout, "I8 durable before sent: 2 of the runs")
}
