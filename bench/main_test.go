package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain lets the test binary stand in for the bench, which starts itself.
func TestMain(m *testing.M) {
	runSelf(os.Args)
	goleak.VerifyTestMain(m)
}

func testOptions(t *testing.T, nodes int) *options {
	dir := t.TempDir()
	return &options{binary: filepath.Join(dir, "senkei-node"), dir: dir, nodes: nodes, json: filepath.Join(dir, "result.json")}
}

// buildNode builds the node as the root module has it.
func buildNode(t *testing.T, opts *options) {
	build := exec.CommandContext(t.Context(), "go", "build", "-o", opts.binary, "./cmd/senkei-node")
	build.Dir = ".."
	said, err := build.CombinedOutput()
	require.NoError(t, err, "%s", said)
}

func requireNothingLeft(t *testing.T, opts *options) {
	left, err := filepath.Glob(filepath.Join(opts.dir, "senkei-bench-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestBothSystemsAreMeasuredWithoutErrors(t *testing.T) {
	opts := testOptions(t, 1)
	buildNode(t, opts)
	p := plan{clients: []int{1, 4}, rounds: 2, warmUp: 50 * time.Millisecond, length: 200 * time.Millisecond}
	result, err := opts.withClusters(t.Context(), opts.both(), p.compareTo(io.Discard))
	require.NoError(t, err)
	requireNothingLeft(t, opts)
	r := result.(*report)
	require.Len(t, r.Cells, 4)
	for _, c := range r.Cells {
		require.Len(t, c.Results, 2)
		for _, s := range c.Results {
			require.Zero(t, s.Errors, "%s", s.Example)
			require.Len(t, s.RatesByRound, 2)
			require.Positive(t, s.PerSecond.Min)
			require.Positive(t, s.P50)
			require.LessOrEqual(t, s.P50, s.P99)
		}
		require.Positive(t, c.ratio())
	}
}

func TestALeaderIsKilledAndTheClusterRecovers(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for elections")
	}
	opts := testOptions(t, 3)
	buildNode(t, opts)
	require.NoError(t, opts.measure(t.Context(), opts.both(), killing(1, io.Discard)))
	requireNothingLeft(t, opts)
	text, err := os.ReadFile(opts.json)
	require.NoError(t, err)
	var got outages
	require.NoError(t, json.Unmarshal(text, &got))
	require.Len(t, got.Systems, 2)
	for _, s := range got.Systems {
		require.Len(t, s.Milliseconds, 1, s.System)
		require.Positive(t, s.Milliseconds[0], s.System)
	}
}

func TestANodeThatCannotStartIsAnErrorThatSaysWhy(t *testing.T) {
	opts := testOptions(t, 1)
	_, err := opts.withClusters(t.Context(), opts.both(), killing(1, io.Discard))
	require.ErrorContains(t, err, "start n1 of senkei")

	opts.binary = "/bin/false"
	_, err = opts.withClusters(t.Context(), opts.both(), killing(1, io.Discard))
	require.ErrorContains(t, err, "n1 of senkei has exited")
	requireNothingLeft(t, opts)
}

func TestBadNumbersAreRefusedBeforeAnythingStarts(t *testing.T) {
	for _, args := range [][]string{
		{"node", "--rounds", "0"}, {"node", "--length", "2h"}, {"node", "--clients", "0"}, {"node", "--nodes", "0"},
		{"failover", "--kills", "0"}, {"failover", "--nodes", "2"}, {"node", "surplus"},
	} {
		cmd := command()
		cmd.SetOut(io.Discard)
		cmd.SetArgs(append(args, "--senkei-node", "/none"))
		err := cmd.ExecuteContext(t.Context())
		require.Error(t, err, "%v", args)
		require.NotContains(t, err.Error(), "/none", "%v", args)
	}
}

func TestTheTableMarksErrorsAndDivides(t *testing.T) {
	r := &report{
		Machine: machine{CPUs: 2, Go: "go1", Nodes: 3, Systems: map[string]string{"a": "1", "b": "2"}},
		Cells: []cell{{Operation: put, Clients: 64, Results: []result{
			{System: "a", PerSecond: spread{Min: 90, Median: 150, Max: 170}, P50: 1.5, P99: 20, Errors: 2, Example: "no"},
			{System: "b", PerSecond: spread{Min: 80, Median: 100, Max: 120}, P50: 2.5, P99: 30},
		}}},
	}
	var out bytes.Buffer
	r.print(&out)
	require.Equal(t, `a 1, b 2; 3 nodes each; 2 CPUs; go1

  operation  clients  system  op/s min  median  max  p50 ms  p99 ms  errors  ratio
        put       64       a        90     150  170    1.50   20.00     2 !   1.50
        put       64       b        80     100  120    2.50   30.00       0       

ratio: operations per second of a, divided by those of b
! a, put with 64 clients, for example: no
`, out.String())
}
