package harness

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/harness/cluster"
	"senkei/history"
	"senkei/nemesis"
	"senkei/workloads"
)

// fake is a cluster on a simulated clock: a register per key that answers after
// 8 ms, nodes that can be killed, and one leader, n1.
type fake struct {
	now    time.Duration
	due    []pending
	values map[string]history.Value
	down   map[history.NodeID]bool

	killing, restarting error // what Kill and Restart answer
	restarts            int   // how often restarting is answered before nil; 0 is always
	silent              bool  // no node answers its status
	closing             error
}

type pending struct {
	at time.Duration
	cluster.Completion
}

func newFake() *fake {
	return &fake{values: map[string]history.Value{}, down: map[history.NodeID]bool{}}
}

func (f *fake) Name() string { return "fake" }

func (f *fake) Offers(cluster.System) cluster.Offers { return cluster.Offer(cluster.CanKill) }

func (f *fake) Start(context.Context, cluster.System, []history.NodeID) (cluster.Cluster, error) {
	return f, nil
}

func (f *fake) Nodes() []history.NodeID { return []history.NodeID{"n1", "n2", "n3"} }
func (f *fake) Now() time.Duration      { return f.now }
func (f *fake) Close() error            { return f.closing }

func (f *fake) Invoke(p history.Process, n history.NodeID, in history.Input) {
	c := cluster.Completion{Process: p}
	switch {
	case f.down[n]:
		c.Err = cluster.ErrNoEffect
	case in.F == history.Read:
		c.Output.Value = f.values[in.Key]
	case in.F == history.CAS && f.values[in.Key] != in.Expect:
		c.Output.Value = f.values[in.Key]
	default:
		f.values[in.Key], c.Output.Swapped = in.Value, in.F == history.CAS
	}
	f.due = append(f.due, pending{f.now + 8*time.Millisecond, c})
}

func (f *fake) Act(a *cluster.Action) {
	err := a.Do(context.Background())
	f.due = append(f.due, pending{f.now + time.Millisecond, cluster.Completion{Action: a, Err: err}})
}

func (f *fake) Await(_ context.Context, until time.Duration) (cluster.Completion, bool) {
	slices.SortStableFunc(f.due, func(a, b pending) int { return int(a.at - b.at) })
	if len(f.due) == 0 || f.due[0].at > max(until, f.now) {
		f.now = max(f.now, until)
		return cluster.Completion{}, false
	}
	c := f.due[0]
	f.due = f.due[1:]
	f.now = max(f.now, c.at)
	return c.Completion, true
}

func (f *fake) Log(_ context.Context, n history.NodeID, w io.Writer) error {
	_, err := io.WriteString(w, "the story of "+string(n))
	return err
}

func (f *fake) Kill(_ context.Context, nodes ...history.NodeID) error {
	for _, n := range nodes {
		f.down[n] = true
	}
	return f.killing
}

func (f *fake) Restart(_ context.Context, nodes ...history.NodeID) error {
	for _, n := range nodes {
		delete(f.down, n)
	}
	if f.restarts > 0 {
		if f.restarts--; f.restarts == 0 {
			defer func() { f.restarting = nil }()
		}
	}
	return f.restarting
}

func (f *fake) Status(_ context.Context, n history.NodeID) (cluster.Status, error) {
	if f.silent || f.down[n] {
		return cluster.Status{}, errors.New("no answer")
	}
	return cluster.Status{Node: n, Leader: "n1", Term: 1, Leads: n == "n1"}, nil
}

func TestAnInterruptedRunKeepsTheFaultInForceAndTheNodesLogs(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := newFake()
	dir, err := NewDir(t.TempDir(), "fake", time.Now())
	require.NoError(t, err)
	test := Test{Name: "fake", Nodes: f.Nodes(), Clients: 6, Keys: 1, OpsPerKey: 100, Rate: 200, Time: Duration(time.Minute), Seed: 1}
	require.NoError(t, Run(ctx, test, Parts{
		Runtime: f, Workload: workloads.Register(), Schedule: nemesis.Schedule{killLeader(time.Second, 30*time.Second)},
		Progress: func(s Snapshot) {
			if s.Elapsed > 5*time.Second {
				cancel()
			}
		},
	}, dir))
	text, err := os.ReadFile(dir.schedule())
	require.NoError(t, err)
	require.Contains(t, string(text), "fault: kill, targets: [n1]")
	log, err := os.ReadFile(filepath.Join(dir.NodeLogs(), "n2.log"))
	require.NoError(t, err)
	require.Equal(t, "the story of n2", string(log))
}

// simulate runs the register workload on the fake for ten simulated seconds.
func simulate(t *testing.T, ctx context.Context, f *fake, s nemesis.Schedule) (Result, history.History) {
	test := Test{
		Name: "fake", Workload: "register", Nodes: f.Nodes(), Clients: 6, Keys: 1, OpsPerKey: 100, Rate: 200,
		Time: Duration(10 * time.Second), Seed: 1,
	}
	for _, step := range s {
		test.Nemesis = append(test.Nemesis, step.Fault.Kind())
	}
	dir, err := NewDir(t.TempDir(), test.Name, time.Now())
	require.NoError(t, err)
	w := workloads.Register()
	require.NoError(t, Run(ctx, test, Parts{Runtime: f, Workload: w, Schedule: s}, dir))
	r, err := Judge(context.Background(), dir, w, RunProperties(), checker.Limits{})
	require.NoError(t, err)
	h, err := history.ReadFile(dir.History())
	require.NoError(t, err)
	return r, h
}

func killLeader(at, hold time.Duration) nemesis.Step {
	return nemesis.Step{At: at, For: hold, Fault: nemesis.Kill{Targets: nemesis.Targets{Spec: nemesis.Leader}}}
}

func TestARunIsDrivenHealedReadOnceMoreAndJudged(t *testing.T) {
	r, h := simulate(t, context.Background(), newFake(), nemesis.Schedule{killLeader(3*time.Second, 2*time.Second)})
	require.Equal(t, "valid", r.Verdict, r.Reason)
	require.Equal(t, map[string]int{"kill": 1}, r.Faults)
	require.InDelta(t, 2000, r.Counts.Total(), 100, "200 operations a second for ten seconds, and the final reads")
	require.Len(t, h.Leaders, 1)
	require.Equal(t, history.NodeID("n1"), h.Leaders[0].Node)
	last := h.Ops[len(h.Ops)-1]
	require.Equal(t, history.Read, last.In.F)
	require.Greater(t, last.Start, 10*time.Second)
}

func TestAFaultThatCouldNotBeInjectedIsNotCountedAndIsUndone(t *testing.T) {
	f := newFake()
	f.killing = errors.New("the daemon said no")
	r, h := simulate(t, context.Background(), f, nemesis.Schedule{killLeader(3*time.Second, 2*time.Second)})
	require.Equal(t, "unknown", r.Verdict)
	require.Contains(t, r.Reason, "the fault kill was never in force")
	require.Empty(t, h.Faults)
	require.Empty(t, f.down, "what the failed injection left was not undone")
}

func TestAFaultThatCannotBeHadWhenItIsDueIsTriedAgain(t *testing.T) {
	// The second step is due while the first one still holds the leader.
	r, h := simulate(t, context.Background(), newFake(), nemesis.Schedule{
		killLeader(2*time.Second, 2*time.Second), killLeader(3*time.Second, time.Second),
	})
	require.Equal(t, 2, r.Faults["kill"])
	require.GreaterOrEqual(t, h.Faults[1].Start, h.Faults[0].End)
}

func TestAHealingThatFailsIsTriedAgain(t *testing.T) {
	f := newFake()
	f.restarting, f.restarts = errors.New("not yet"), 3
	r, h := simulate(t, context.Background(), f, nemesis.Schedule{
		killLeader(2*time.Second, time.Second), killLeader(5*time.Second, time.Second),
	})
	require.Equal(t, "valid", r.Verdict, r.Reason)
	require.Len(t, h.Faults, 2)
	require.Greater(t, h.Faults[1].Start, 6*time.Second, "three times a second after three seconds the damage was there")
}

// leaderless is a cluster that cannot tell who leads, only which nodes serve.
type leaderless struct {
	*fake
	mute bool
}

func (l *leaderless) Start(context.Context, cluster.System, []history.NodeID) (cluster.Cluster, error) {
	return struct {
		cluster.Cluster
		cluster.Killer
		cluster.Prober
	}{l.fake, l.fake, l}, nil
}

func (l *leaderless) Ready(_ context.Context, n history.NodeID) error {
	if l.mute || l.down[n] {
		return errors.New("no answer")
	}
	return nil
}

func TestAStoreWithoutLeadersCanBeValid(t *testing.T) {
	for mute, want := range map[bool]string{false: "valid", true: "unknown"} {
		f := newFake()
		kill := nemesis.Step{At: time.Second, For: time.Second, Fault: nemesis.Kill{Targets: nemesis.Targets{Names: []history.NodeID{"n2"}}}}
		test := Test{Name: "leaderless", Nodes: f.Nodes(), Clients: 6, Keys: 1, OpsPerKey: 100, Rate: 200, Time: Duration(5 * time.Second), Seed: 1, Nemesis: []string{"kill"}}
		dir, err := NewDir(t.TempDir(), test.Name, time.Now())
		require.NoError(t, err)
		w := workloads.Register()
		require.NoError(t, Run(t.Context(), test, Parts{Runtime: &leaderless{fake: f, mute: mute}, Workload: w, Schedule: nemesis.Schedule{kill}}, dir))
		r, err := Judge(t.Context(), dir, w, RunProperties(), checker.Limits{})
		require.NoError(t, err)
		require.Equal(t, want, r.Verdict, r.Reason)
		if mute {
			require.Contains(t, r.Reason, "not every node served within 15s after the last fault was healed")
		}
	}
}

func TestAFaultThatIsStillInForceAtTheEndIsHealedBeforeTheFinalReads(t *testing.T) {
	f := newFake()
	_, h := simulate(t, context.Background(), f, nemesis.Schedule{killLeader(8*time.Second, time.Hour)})
	require.Len(t, h.Faults, 1)
	require.Less(t, h.Faults[0].To, h.Ops[len(h.Ops)-1].Invoke)
	require.Empty(t, f.down)
}

func TestWhatGoesWrongBesideTheHistoryMakesARunUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		break_ func(f *fake)
		says   string
	}{
		"a fault that is not healed":    {func(f *fake) { f.restarting = errors.New("it did not start") }, "kill n1 was not healed: restart n1: it did not start"},
		"a node that stopped by itself": {func(f *fake) { f.closing = errors.New("n2 exited on its own") }, "n2 exited on its own"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			c.break_(f)
			r, _ := simulate(t, context.Background(), f, nemesis.Schedule{killLeader(3*time.Second, time.Second)})
			require.Equal(t, "unknown", r.Verdict)
			require.Contains(t, r.Reason, c.says)
		})
	}
	t.Run("nodes that find no leader", func(t *testing.T) {
		f := newFake()
		f.silent = true
		r, _ := simulate(t, context.Background(), f, nil)
		require.Equal(t, "unknown", r.Verdict)
		require.Contains(t, r.Reason, "did not agree on a leader")
	})
}

func TestAnInterruptedRunKeepsWhatItRecorded(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, _ := simulate(t, ctx, newFake(), nil)
	require.Equal(t, "unknown", r.Verdict)
	require.True(t, strings.Contains(r.Reason, "interrupted") || strings.Contains(r.Reason, "nothing"), r.Reason)
}

func TestTheSameSeedAndClockGiveTheSameHistory(t *testing.T) {
	s := nemesis.Schedule{killLeader(3*time.Second, 2*time.Second)}
	_, a := simulate(t, context.Background(), newFake(), s)
	_, b := simulate(t, context.Background(), newFake(), s)
	require.Equal(t, a, b)
}
