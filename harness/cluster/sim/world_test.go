package sim

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/node/raft"
	"senkei/node/replica"
)

// fixture is a simulated cluster in the hands of a test.
type fixture struct {
	*require.Assertions
	*World
	t       *testing.T
	trace   *Trace
	process history.Process
}

func ordinary() Options {
	return Options{
		Seed: 1, Nodes: []history.NodeID{"n1", "n2", "n3"}, Tick: 25 * time.Millisecond, WorkMax: time.Millisecond,
		Replica: replica.Config{
			ElectionTimeout: 500 * time.Millisecond, HeartbeatInterval: 100 * time.Millisecond,
			SnapshotMargin: 1000, RequestTimeout: time.Second,
		},
		Network: Network{DelayMin: time.Millisecond, DelayMax: 3 * time.Millisecond, ReorderBy: 20 * time.Millisecond},
		Disk:    Disk{SyncMin: time.Millisecond, SyncMax: 2 * time.Millisecond},
		Clients: Clients{OpTimeout: 2 * time.Second, DelayMin: time.Millisecond, DelayMax: time.Millisecond},
	}
}

// start founds a cluster and waits until it has a leader.
func start(t *testing.T, change ...func(*Options)) *fixture {
	o, trace := ordinary(), &Trace{}
	o.Trace = trace
	for _, c := range change {
		c(&o)
	}
	f := &fixture{Assertions: require.New(t), World: New(o), t: t, trace: trace}
	t.Cleanup(func() {
		require.NoError(t, f.Close())
		require.Nil(t, f.Broken())
	})
	f.pass(3 * time.Second)
	return f
}

// pass lets time pass. Nothing may complete meanwhile.
func (f *fixture) pass(d time.Duration) {
	f.t.Helper()
	c, completed := f.Await(f.t.Context(), f.Now()+d)
	f.False(completed, "%+v", c)
}

func (f *fixture) must(err error) {
	f.t.Helper()
	f.NoError(err)
}

// ask does one operation at a node and waits for its end.
func (f *fixture) ask(n history.NodeID, in history.Input) (history.Output, error) {
	f.t.Helper()
	f.process++
	in.Key = "k"
	f.Invoke(f.process, n, in)
	c, ok := f.Await(f.t.Context(), f.Now()+10*time.Second)
	f.True(ok)
	f.Equal(f.process, c.Process)
	return c.Output, c.Err
}

func (f *fixture) write(n history.NodeID, value history.Value) {
	f.t.Helper()
	_, err := f.ask(n, history.Input{F: history.Write, Value: value})
	f.must(err)
}

func (f *fixture) reads(n history.NodeID, value history.Value) {
	f.t.Helper()
	out, err := f.ask(n, history.Input{F: history.Read})
	f.must(err)
	f.Equal(value, out.Value)
}

// act runs an action to its end.
func (f *fixture) act(action func(ctx context.Context) error) error {
	f.t.Helper()
	act := &cluster.Action{Name: "it", Do: action}
	f.Act(act)
	c, ok := f.Await(f.t.Context(), f.Now()+time.Minute)
	f.True(ok, "the action does not end")
	f.Same(act, c.Action)
	return c.Err
}

func (f *fixture) leader() history.NodeID {
	f.t.Helper()
	n, _ := f.Leading()
	f.NotEmpty(n)
	return n
}

// others returns the nodes that do not lead.
func (f *fixture) others() []history.NodeID {
	var others []history.NodeID
	for _, n := range f.Nodes() {
		if n != f.leader() {
			others = append(others, n)
		}
	}
	return others
}

// isolated returns all links to and from a node.
func (f *fixture) isolated(n history.NodeID) []cluster.Link {
	var links []cluster.Link
	for _, m := range f.Nodes() {
		if m != n {
			links = append(links, cluster.Link{From: n, To: m}, cluster.Link{From: m, To: n})
		}
	}
	return links
}

func TestAClusterAnswersEveryNodesClients(t *testing.T) {
	f := start(t)
	for i, n := range f.Nodes() {
		f.write(n, history.Int(int64(i+1)))
		for _, m := range f.Nodes() {
			f.reads(m, history.Int(int64(i+1)))
		}
	}
	out, err := f.ask("n1", history.Input{F: history.CAS, Expect: "3", Value: "4"})
	f.must(err)
	f.True(out.Swapped)
	out, err = f.ask("n2", history.Input{F: history.CAS, Expect: "3", Value: "5"})
	f.must(err)
	f.Equal(history.Output{Value: "4"}, out)
	f.pass(time.Second)
	f.Empty(f.Disagreement(f.Nodes()))
}

func TestTheSameOptionsAndCallsGiveTheSameHash(t *testing.T) {
	run := func(seed uint64) uint64 {
		f := start(t, func(o *Options) { o.Seed, o.Trace = seed, nil })
		f.write("n1", "1")
		f.must(f.Kill(t.Context(), "n1"))
		f.pass(time.Second)
		return f.Hash()
	}
	require.Equal(t, run(1), run(1))
	require.NotEqual(t, run(1), run(2))
}

func TestAKilledNodeRefusesAndComesBackWithWhatItWrote(t *testing.T) {
	f := start(t)
	f.write("n1", "1")
	f.must(f.Kill(t.Context(), f.Nodes()...))
	_, err := f.ask("n1", history.Input{F: history.Read})
	f.ErrorIs(err, cluster.ErrNoEffect)
	_, err = f.Status(t.Context(), "n1")
	f.Error(err)
	f.must(f.Restart(t.Context(), f.Nodes()...))
	f.pass(3 * time.Second)
	f.reads("n1", "1")
}

func TestAnOperationOfANodeThatDiesIsInDoubt(t *testing.T) {
	f := start(t)
	n := f.leader()
	f.must(f.Cut(t.Context(), f.isolated(n)))
	f.Call(f.Now()+100*time.Millisecond, func() { f.must(f.Kill(t.Context(), n)) })
	_, err := f.ask(n, history.Input{F: history.Write, Value: "1"})
	f.Error(err)
	f.NotErrorIs(err, cluster.ErrNoEffect)
}

func TestAPausedNodeAnswersNothingUntilItIsResumed(t *testing.T) {
	f := start(t)
	n := f.others()[0]
	f.must(f.Pause(t.Context(), n))
	f.Invoke(100, n, history.Input{F: history.Read, Key: "k"})
	f.pass(time.Second)
	f.must(f.Resume(t.Context(), n))
	c, ok := f.Await(t.Context(), f.Now()+time.Second)
	f.True(ok)
	f.must(c.Err)
}

func TestACutLinkCarriesNothingInItsDirection(t *testing.T) {
	f := start(t)
	n, other := f.leader(), f.others()[0]
	f.must(f.Cut(t.Context(), []cluster.Link{{From: n, To: other}}))
	f.pass(300 * time.Millisecond)
	before := len(f.trace.Messages)
	f.pass(200 * time.Millisecond)
	lost := 0
	for _, m := range f.trace.Messages[before:] {
		if m.From == n && m.To == other {
			f.Equal(lostCut, m.Lost)
			lost++
		} else if m.Sent < f.Now()-10*time.Millisecond {
			f.Empty(m.Lost, "%+v", m)
		}
	}
	f.Positive(lost)
	f.must(f.Mend(t.Context(), []cluster.Link{{From: n, To: other}}))
	f.pass(2 * time.Second)
	f.reads(other, history.Absent)
}

func TestALinkCanBeCutForSomeKindsOfMessagesOnly(t *testing.T) {
	f := start(t)
	old := f.leader()
	for _, n := range f.Nodes() {
		f.must(f.CutKinds(t.Context(), f.isolated(n), []string{raft.Vote.String()}))
	}
	f.must(f.Kill(t.Context(), old))
	f.pass(10 * time.Second)
	n, _ := f.Leading()
	f.Empty(n, "nobody hears a candidate")
	f.must(f.Mend(t.Context(), f.isolated(f.Nodes()[0])))
	f.must(f.Mend(t.Context(), f.isolated(f.Nodes()[1])))
	f.pass(3 * time.Second)
	f.NotEqual(old, f.leader())
}

func TestAShapedLinkIsSlowAndLosesMessages(t *testing.T) {
	f := start(t)
	n := f.others()[0]
	f.must(f.Shape(t.Context(), f.isolated(n), cluster.Traffic{Delay: 150 * time.Millisecond, Loss: 50}))
	f.pass(time.Second)
	before := len(f.trace.Messages)
	f.pass(5 * time.Second)
	lost, came := 0, 0
	for _, m := range f.trace.Messages[before:] {
		switch {
		case m.From != n && m.To != n:
		case m.Lost == lostDropped:
			lost++
		case m.Lost == "":
			came++
			f.GreaterOrEqual(m.Arrived-m.Sent, 150*time.Millisecond)
		}
	}
	f.Greater(lost, 20)
	f.Greater(came, 20)
	f.must(f.Unshape(t.Context(), f.isolated(n)))
}

func TestMessagesOnALinkKeepTheirOrderUnlessTheyAreDrawnToBeReordered(t *testing.T) {
	overtaken := func(reorder int) int {
		f := start(t, func(o *Options) {
			o.Network.Jitter, o.Network.Reorder, o.Network.ReorderBy = 30*time.Millisecond, reorder, 300*time.Millisecond
		})
		f.pass(10 * time.Second)
		n := 0
		latest := map[cluster.Link]time.Duration{}
		for _, m := range f.trace.Messages {
			link := cluster.Link{From: m.From, To: m.To}
			if m.Lost == "" && m.Arrived < latest[link] {
				n++
			}
			latest[link] = max(latest[link], m.Arrived)
		}
		return n
	}
	require.Zero(t, overtaken(0))
	require.Greater(t, overtaken(3000), 20)
}

func TestMembersComeAndGoAndTheLeadershipIsHandedOver(t *testing.T) {
	f := start(t)
	n := f.others()[0]
	f.must(f.act(func(ctx context.Context) error { return f.Transfer(ctx, n) }))
	f.Equal(n, f.leader())
	f.must(f.act(func(ctx context.Context) error { return f.Remove(ctx, n) }))
	f.pass(3 * time.Second)
	f.NotEqual(n, f.leader())
	f.Len(f.Members(f.Nodes()), 2)
	f.must(f.act(func(ctx context.Context) error { return f.Add(ctx, n) }))
	s, err := f.Status(t.Context(), f.leader())
	f.must(err)
	f.Len(s.Members, 3)
}

func TestAReplacedNodeJoinsUnderANewNameAndHasTheState(t *testing.T) {
	f := start(t)
	f.write("n1", "1")
	n := f.others()[0]
	f.must(f.act(func(ctx context.Context) error { return f.Replace(ctx, n) }))
	f.reads(n, "1")
	f.Equal(raft.ID(n+"b"), f.slot(n).server.id)
	f.True(f.byID[raft.ID(n)].wiped)
	c := f.slot(f.leader()).server.status.Configuration
	f.True(c.Voter(raft.ID(n + "b")))
	_, member := c.Find(raft.ID(n))
	f.False(member)
}

func TestMoreDisksThanAMajoritySparesAreNotTakenAway(t *testing.T) {
	f := start(t)
	f.must(f.Trouble(t.Context(), cluster.DiskRotten, f.others()[0]))
	err := f.act(func(ctx context.Context) error { return f.Replace(ctx, f.others()[1]) })
	f.ErrorContains(err, "too few disks")
}

func TestARottenDiskKeepsItsNodeDownUntilItIsReplaced(t *testing.T) {
	f := start(t)
	f.write("n1", "1")
	n := f.others()[0]
	f.must(f.Trouble(t.Context(), cluster.DiskRotten, n))
	f.must(f.Restart(t.Context(), n))
	_, err := f.Status(t.Context(), n)
	f.Error(err, "it must not serve from a damaged log")
	f.must(f.act(func(ctx context.Context) error { return f.Cure(ctx, cluster.DiskRotten, n) }))
	f.reads(n, "1")
}

func TestAFullDiskEndsANodeAndACureStartsIt(t *testing.T) {
	for _, how := range []cluster.DiskTrouble{cluster.DiskFull, cluster.DiskFailing} {
		t.Run(string(how), func(t *testing.T) {
			f := start(t)
			n := f.others()[0]
			f.must(f.Trouble(t.Context(), how, n))
			f.write(f.leader(), "1")
			f.pass(time.Second)
			_, err := f.Status(t.Context(), n)
			f.Error(err)
			f.must(f.Cure(t.Context(), how, n))
			f.pass(time.Second)
			f.reads(n, "1")
		})
	}
}

func TestAStalledDiskPromisesNothingUntilItGoesOn(t *testing.T) {
	f := start(t)
	for _, n := range f.others() {
		f.must(f.Trouble(t.Context(), cluster.DiskStalled, n))
	}
	f.Invoke(100, f.leader(), history.Input{F: history.Write, Key: "k", Value: "1"})
	f.pass(500 * time.Millisecond)
	f.must(f.Cure(t.Context(), cluster.DiskStalled, f.others()...))
	c, ok := f.Await(t.Context(), f.Now()+time.Second)
	f.True(ok)
	f.must(c.Err)
}

func TestALossOfPowerTakesNothingThatWasAcknowledged(t *testing.T) {
	for seed := range uint64(20) {
		f := start(t, func(o *Options) { o.Seed = seed })
		f.write("n2", "1")
		f.must(f.CutPower(t.Context(), f.Nodes()...))
		f.must(f.Restart(t.Context(), f.Nodes()...))
		f.pass(3 * time.Second)
		f.reads("n3", "1")
	}
}

func TestClocksCanBeDisturbed(t *testing.T) {
	f := start(t)
	n := f.leader()
	f.must(f.Jump(t.Context(), -3*time.Second, n))
	f.pass(2 * time.Second) // it stands still, and so sends no heartbeats
	f.NotEqual(n, f.leader())
	f.must(f.Rate(t.Context(), 500, f.Nodes()...))
	f.must(f.Rate(t.Context(), 100, f.Nodes()...))
	f.pass(5 * time.Second)
	f.write("n1", "1")
}

func TestARetriedWriteTakesEffectOnce(t *testing.T) {
	f := start(t, func(o *Options) {
		o.Clients.Loss, o.Clients.Sessions, o.Clients.RetryAfter, o.Clients.OpTimeout = 3000, true, 100*time.Millisecond, 20*time.Second
	})
	held := history.Absent
	for i := range 40 {
		next := history.Int(int64(i + 1))
		out, err := f.ask("n1", history.Input{F: history.CAS, Expect: held, Value: next})
		f.must(err)
		f.True(out.Swapped, "its repetition, and not it, was answered")
		held = next
	}
}

func TestStoppedActionsEndAndDoNotComplete(t *testing.T) {
	f := start(t)
	f.must(f.Kill(t.Context(), f.others()...))
	ended := false
	f.Act(&cluster.Action{Name: "remove", Do: func(ctx context.Context) error {
		defer func() { ended = true }()
		return f.Remove(ctx, f.leader())
	}})
	f.pass(time.Second)
	f.StopActions()
	f.True(ended)
	f.pass(10 * time.Second)
}

func TestAHealedMajorityAgreesWithoutTheRest(t *testing.T) {
	f := start(t, func(o *Options) { o.Nodes = []history.NodeID{"n1", "n2", "n3", "n4", "n5"} })
	f.write("n1", "1")
	f.must(f.CutPower(t.Context(), "n1", "n2", "n3"))
	core, enough := f.Majority([]history.NodeID{"n5", "n1", "n2", "n3", "n4"})
	f.True(enough)
	f.Equal([]history.NodeID{"n5", "n1", "n2"}, core)
	f.must(f.Settle(core))
	f.NotEmpty(f.Disagreement(core))
	f.pass(5 * time.Second)
	f.Empty(f.Disagreement(core))
	f.reads("n5", "1")
}

func TestAPanicOfANodeIsAFinding(t *testing.T) {
	f := &fixture{Assertions: require.New(t), World: New(ordinary()), t: t}
	f.pass(3 * time.Second)
	f.slot("n1").server.inbox = append(f.slot("n1").server.inbox, nil) // no such input
	f.pass(time.Second)
	f.Equal("panic", f.Broken().Class)
	f.Equal(raft.ID("n1"), f.Broken().Server)
	f.ErrorContains(f.BrokenInvariant(), "panic")
	_, err := f.Status(t.Context(), "n1")
	f.Error(err, "it is down")
}
