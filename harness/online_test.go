package harness

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/checker"
	"senkei/harness/cluster"
	"senkei/history"
	"senkei/nemesis"
	"senkei/workloads"
)

// keepable is a fake that can be kept. From a time on, its reads find nothing.
type keepable struct {
	*fake
	forgetsAt    time.Duration
	kept, closed bool
}

func (k *keepable) Start(context.Context, cluster.System, []history.NodeID) (cluster.Cluster, error) {
	return k, nil
}

func (k *keepable) Invoke(p history.Process, n history.NodeID, in history.Input) {
	if k.now >= k.forgetsAt {
		clear(k.values)
	}
	k.fake.Invoke(p, n, in)
}

func (k *keepable) Detach() (map[history.NodeID]string, error) {
	k.kept = true
	return map[history.NodeID]string{"n1": "host:1", "n2": "host:2", "n3": "host:3"}, nil
}

func (k *keepable) Close() error {
	k.closed = true
	return nil
}

// ages is longer than a test may take, on a simulated clock too.
const ages = 24 * time.Hour

// drive runs the register workload, watched by check if that is not nil.
func drive(t *testing.T, ctx context.Context, k *keepable, test Test, p Parts, check checker.Keyed) Dir {
	test.Name, test.Nodes, test.Clients, test.Keys, test.Seed = "fake", k.Nodes(), 6, 1, 1
	test.OpsPerKey, test.Rate = 100, 200
	dir, err := NewDir(t.TempDir(), test.Name, time.Now())
	require.NoError(t, err)
	p.Runtime, p.Workload = k, workloads.Register()
	if check != nil {
		p.Workload.Property = check
	}
	require.NoError(t, Run(ctx, test, p, dir))
	return dir
}

func TestAViolationIsNoticedWhileTheRunGoesOn(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	k := &keepable{fake: newFake(), forgetsAt: 2 * time.Second}
	var seen []Violation
	drive(t, ctx, k, Test{Time: Duration(ages)}, Parts{Progress: func(s Snapshot) {
		if seen = append(seen, s.Noticed...); len(seen) > 1 {
			require.Equal(t, len(seen), s.Violations)
			cancel()
		}
	}}, nil)
	require.GreaterOrEqual(t, len(seen), 2)
	require.NotEqual(t, seen[0].Key, seen[1].Key, "a key is noticed once")
	require.Greater(t, seen[0].At, k.forgetsAt)
	require.Less(t, k.now, ages)
	require.True(t, k.closed)
	require.False(t, k.kept)
}

func TestFailFastStopsAtTheFirstViolationAndKeepsTheClusterAndWhatIsInForce(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	k := &keepable{fake: newFake(), forgetsAt: 2 * time.Second}
	dir := drive(t, t.Context(), k, Test{Time: Duration(ages), FailFast: true, Nemesis: []string{"kill"}},
		Parts{Schedule: nemesis.Schedule{killLeader(time.Second, ages)}}, nil)
	require.True(t, k.kept)
	require.False(t, k.closed)
	require.Equal(t, map[history.NodeID]bool{"n1": true}, k.down, "the fault was healed")
	require.Empty(t, k.due, "something was still open")

	test, err := dir.ReadTest()
	require.NoError(t, err)
	require.Equal(t, "host:2", test.Kept["n2"])
	applied, err := os.ReadFile(dir.schedule())
	require.NoError(t, err)
	require.Contains(t, string(applied), "fault: kill, targets: [n1]")
	require.FileExists(t, dir.NodeLogs()+"/n2.log")
	r, err := Judge(t.Context(), dir, workloads.Register(), RunProperties(), checker.Limits{})
	require.NoError(t, err)
	require.Equal(t, "invalid", r.Verdict, r.Reason)
	require.NotNil(t, checker.CoreOf(r.Checks.Evidence))
	require.Less(t, time.Duration(r.Duration), ages)
}

func TestARunThatIsNotViolatedIsNeverKept(t *testing.T) {
	k := &keepable{fake: newFake(), forgetsAt: ages}
	drive(t, t.Context(), k, Test{Time: Duration(10 * time.Second), FailFast: true}, Parts{}, nil)
	require.True(t, k.closed)
	require.False(t, k.kept)
}

// says is a checker that answers the same each time, after it was let go.
type says struct {
	checker.Keyed
	status checker.Status
	goOn   chan struct{}
}

func (s says) CheckKey(context.Context, string, history.History, checker.Limits) checker.Verdict {
	<-s.goOn
	return checker.Verdict{Status: s.status}
}

func TestASlowCheckDelaysNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	slow := says{goOn: make(chan struct{})}
	k := &keepable{fake: newFake(), forgetsAt: ages}
	ended := false
	dir := drive(t, t.Context(), k, Test{Time: Duration(time.Minute)}, Parts{Progress: func(s Snapshot) {
		if s.Elapsed > 59*time.Second && !ended {
			ended = true
			close(slow.goOn)
		}
	}}, slow)
	h, err := history.ReadFile(dir.History())
	require.NoError(t, err)
	require.InDelta(t, 12000, len(h.Ops), 300, "200 operations a second for a minute, and the final reads")
}

func TestWhatTheOnlineCheckerCannotDecideMeansNothing(t *testing.T) {
	unsure := says{status: checker.Unknown, goOn: make(chan struct{})}
	close(unsure.goOn)
	k := &keepable{fake: newFake(), forgetsAt: time.Second}
	drive(t, t.Context(), k, Test{Time: Duration(10 * time.Second), FailFast: true}, Parts{Progress: func(s Snapshot) {
		require.Zero(t, s.Violations)
	}}, unsure)
	require.True(t, k.closed)
}

// idle is an online checker whose queue nobody empties.
func idle(retired bool) *onlineChecker {
	return &onlineChecker{keys: map[string]*keyInUse{}, retired: func(string) bool { return retired }, queue: make(chan snapshot, onlineQueueMax)}
}

func TestAKeyIsLookedAtOnlyWhenNothingIsOpenAndLetGoWhenItIsRetired(t *testing.T) {
	w := idle(true)
	w.invoked("k")
	w.invoked("k")
	w.completed(history.Op{ID: 1, In: history.Input{Key: "k"}})
	require.Empty(t, w.queue)
	w.completed(history.Op{ID: 0, In: history.Input{Key: "k"}})
	require.Len(t, (<-w.queue).ops, 2)
	require.Zero(t, w.held)

	w.invoked("k") // a final read
	w.completed(history.Op{In: history.Input{Key: "k"}})
	require.Zero(t, w.held, "a key that was let go is not taken up in its middle")
}

func TestTheOperationsHeldAndQueuedAreBounded(t *testing.T) {
	w := idle(false)
	most := 0
	for i := range 3 * onlineOpsMax {
		key := []string{"long", "b", "c", "d"}[i*4/(3*onlineOpsMax)]
		w.invoked(key)
		w.completed(history.Op{In: history.Input{Key: key}})
		most = max(most, w.held)
	}
	require.LessOrEqual(t, most, onlineOpsMax+1)
	require.LessOrEqual(t, w.queued.Load(), int64(onlineOpsMax))
	require.LessOrEqual(t, len(w.queue), onlineQueueMax)
	require.NotEmpty(t, w.queue)
}
