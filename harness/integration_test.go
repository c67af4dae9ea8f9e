package harness_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/harness"
	"senkei/harness/cluster/local"
	"senkei/harness/systems/node"
	"senkei/history"
	"senkei/nemesis"
	"senkei/node/bugs"
	"senkei/workloads"
)

// The tests here run real processes of the reference node on 127.0.0.1.

// nodeBinary builds the node once for each bug.
func nodeBinary(t testing.TB, bug string) string {
	builds.Lock()
	defer builds.Unlock()
	if path, ok := builds.paths[bug]; ok {
		return path
	}
	root, err := bugs.FindRoot(".")
	require.NoError(t, err)
	path := filepath.Join(builds.dir, "senkei-node-"+bug)
	require.NoError(t, bugs.Build(context.Background(), root, bug, "./cmd/senkei-node", path))
	builds.paths[bug] = path
	return path
}

var builds struct {
	sync.Mutex
	dir   string
	paths map[string]string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "senkei-test-")
	if err != nil {
		panic(err)
	}
	builds.dir, builds.paths = dir, map[string]string{}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// testOf describes a run of the register workload.
func testOf(name string, nodes int, d time.Duration, kinds ...string) harness.Test {
	t := harness.Test{
		Name: name, System: "node", Runtime: "local", Workload: "register", Nemesis: kinds,
		Clients: 10, Keys: 2, OpsPerKey: 400, Time: harness.Duration(d), OpTimeout: harness.Duration(time.Second),
		Seed: 1, Started: time.Now(),
	}
	for i := range nodes {
		t.Nodes = append(t.Nodes, history.NodeID([]string{"n1", "n2", "n3", "n4", "n5"}[i]))
	}
	return t
}

// run runs a test and judges what it left.
func run(t testing.TB, test harness.Test, bug string, s nemesis.Schedule) harness.Result {
	return runUntil(t, context.Background(), test, bug, s, nil)
}

// runUntil does the same until ctx ends.
func runUntil(t testing.TB, ctx context.Context, test harness.Test, bug string, s nemesis.Schedule, progress func(harness.Snapshot)) harness.Result {
	dir, err := harness.NewDir(t.TempDir(), test.Name, test.Started)
	require.NoError(t, err)
	w := workloads.Register()
	require.NoError(t, harness.Run(ctx, test, harness.Parts{
		Runtime: local.New(local.Options{Dir: string(dir), Run: filepath.Base(string(dir)), OpTimeout: time.Duration(test.OpTimeout)}),
		System:  node.System{Path: nodeBinary(t, bug)}, Workload: w, Schedule: s, Progress: progress,
	}, dir))
	r, err := harness.Judge(context.Background(), dir, w, harness.RunProperties(), checker.Limits{})
	require.NoError(t, err)
	return r
}

func steps(f nemesis.Fault, first, every, hold time.Duration, n int) nemesis.Schedule {
	var s nemesis.Schedule
	for i := range n {
		s = append(s, nemesis.Step{At: first + time.Duration(i)*every, For: hold, Fault: f})
	}
	return s
}

func TestTheNodeStaysLinearizableUnderEveryFault(t *testing.T) {
	t.Parallel()
	test := testOf("faults", 5, 9*time.Second, "kill", "pause", "partition")
	s, err := harness.Plan(test, nemesis.Kinds(), nil)
	require.NoError(t, err)
	r := run(t, test, "", s)
	require.Equal(t, "valid", r.Verdict, r.Reason)
	require.Greater(t, r.Counts.OK, 500)
}

func TestNoAcknowledgedWriteIsLostWhenAllNodesAreKilledTwentyTimes(t *testing.T) {
	t.Parallel()
	test := testOf("power-cut", 5, 27*time.Second, "kill")
	all := nemesis.Kill{Targets: nemesis.Targets{Spec: nemesis.All}}
	r := run(t, test, "", steps(all, time.Second, 1250*time.Millisecond, 50*time.Millisecond, 20))
	require.Equal(t, "valid", r.Verdict, r.Reason)
	require.Equal(t, 20, r.Faults["kill"])
	require.Greater(t, r.Counts.OK, 1000)
}

func TestAStaleReadOfACutOffLeaderIsFoundAndExplained(t *testing.T) {
	t.Parallel()
	test := testOf("stale", 5, 10*time.Second, "partition")
	cut := nemesis.Partition{Shape: nemesis.Isolate, Targets: nemesis.Targets{Spec: nemesis.Leader}}
	r := run(t, test, "stale-leader-local-read", steps(cut, time.Second, 1800*time.Millisecond, 1200*time.Millisecond, 5))
	require.Equal(t, "invalid", r.Verdict, r.Reason)
	require.NotNil(t, checker.CoreOf(r.Checks.Evidence))
	require.Contains(t, strings.Join(checker.CoreOf(r.Checks.Evidence).Sentences, " "), "partition")
}

func TestAnInterruptedRunIsUnknownAndKeepsItsHistory(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := runUntil(t, ctx, testOf("interrupted", 3, time.Minute), "", nil, func(s harness.Snapshot) {
		if s.Counts.OK > 100 {
			cancel()
		}
	})
	require.Equal(t, "unknown", r.Verdict)
	require.Equal(t, "the run was interrupted", r.Reason)
	require.Greater(t, r.Counts.OK, 100)
}

// BenchmarkRunLoop drives a three-node cluster as fast as it answers. Operations a second
// are those invoked, recorded and completed.
func BenchmarkRunLoop(b *testing.B) {
	for b.Loop() {
		test := testOf("bench", 3, 8*time.Second)
		test.Clients, test.Keys = 64, 16
		r := run(b, test, "", nil)
		require.Equal(b, "valid", r.Verdict, r.Reason)
		b.ReportMetric(float64(r.Counts.Total())/time.Duration(r.Duration).Seconds(), "ops/s")
	}
}
