package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"senkei/harness/cluster"
	"senkei/harness/expect"
	"senkei/harness/loop"
	"senkei/history"
	"senkei/nemesis"
	"senkei/workloads"
)

const (
	// healWithin bounds the wait for the faults of the main phase to be healed.
	healWithin = 30 * time.Second
	// recoverWithin bounds the wait for all nodes to follow one leader after that.
	recoverWithin = 15 * time.Second
	// readsWithin bounds the final reads.
	readsWithin = 30 * time.Second
	// equaliseWithin bounds the wait for equal logs at the end, where they are expected.
	equaliseWithin = 5 * time.Second
	// logsWithin bounds the copying of the nodes' logs.
	logsWithin = 20 * time.Second
	// settleWithin bounds the wait for open operations and for faults on their way in or out
	// where the cluster is kept.
	settleWithin = 30 * time.Second
)

// Parts are what a run is made of.
type Parts struct {
	Runtime  cluster.Runtime
	System   cluster.System
	Workload workloads.Workload
	Schedule nemesis.Schedule
	Progress func(Snapshot) // called a few times a second; may be nil
}

// Run does what the test asks for and leaves a history, the schedule as it was really
// applied, and the nodes' logs in dir. It reaches no verdict. Where ctx ends early it stops
// driving, removes the cluster and keeps the history so far. Where t.FailFast is set and a
// violation is noticed it stops as well, and keeps the cluster if that is a cluster.Detacher.
// An error means that the harness failed; then nothing may be concluded about the system.
func Run(ctx context.Context, t Test, p Parts, dir Dir) error {
	if err := cmp.Or(t.Validate(), p.Schedule.Offered(p.Runtime.Offers(p.System))); err != nil {
		return err
	}
	t.Expect = expect.Of(p.Schedule)
	if err := dir.writeTest(t); err != nil {
		return err
	}
	rec, err := history.Create(dir.History())
	if err != nil {
		return err
	}
	observed, err := newObservationLog(dir.observed())
	if err != nil {
		return errors.Join(err, rec.Close())
	}
	c, err := p.Runtime.Start(ctx, p.System, t.Nodes)
	if err != nil {
		return errors.Join(fmt.Errorf("start the cluster: %w", err), rec.Close(), observed.close())
	}
	r := newRun(ctx, t, p, c, rec, observed)
	failure := r.phases(ctx)
	if errors.Is(failure, errViolated) {
		failure = r.freeze(ctx)
	}
	r.online.close()
	applied := r.injector.Applied()
	if errors.Is(failure, loop.ErrInterrupted) {
		r.problem("the run was interrupted")
		failure = nil
	}
	r.note(c, dir)
	r.test.Observed = observed.counts
	r.test.Ended = time.Now().UTC()
	return errors.Join(failure, rec.Close(), observed.close(), dir.writeSchedule(applied), dir.writeTest(r.test))
}

// run is one run from the start of its cluster to its end.
type run struct {
	test     Test
	cluster  cluster.Cluster
	phase    workloads.Phases
	loop     *loop.Loop
	injector *loop.Injector
	poller   *poller
	online   *onlineChecker
	progress *progress
	detach   bool // the nodes shall outlive the run, as they are
}

func newRun(ctx context.Context, t Test, p Parts, c cluster.Cluster, rec *history.Recorder, observed *observationLog) *run {
	r := &run{test: t, cluster: c, phase: p.Workload.Phases(t.options())}
	r.online = checkOnline(ctx, p.Workload.Property, r.phase.Retired)
	r.poller = newPoller(c, rec, observed)
	recorder := r.online.watch(rec)
	r.injector = loop.NewInjector(c, recorder, p.Schedule, t.Seed, func() history.NodeID { return r.poller.leader })
	r.progress = &progress{run: r, show: p.Progress, failFast: t.FailFast}
	if p.Progress == nil {
		r.progress.show = func(Snapshot) {}
	}
	r.loop = loop.New(c, recorder, rand.New(rand.NewPCG(t.Seed, 1)), r.injector, r.poller, r.progress)
	r.loop.Enlist(t.Clients, 0, t.Nodes)
	return r
}

func (r *run) problem(format string, args ...any) {
	r.test.Problems = append(r.test.Problems, fmt.Sprintf(format, args...))
}

// drive is one phase, which ends at a time or when done.
func (r *run) drive(ctx context.Context, phase string, until time.Duration, done func() bool) error {
	r.progress.phase = phase
	return r.loop.Run(ctx, until, done)
}

// phases: settle, drive under faults, heal, recover, read everything once more.
func (r *run) phases(ctx context.Context) error {
	r.loop.Issue(r.phase.Main)
	if err := r.drive(ctx, "driving", time.Duration(r.test.Time), func() bool { return false }); err != nil {
		return err
	}
	r.loop.Issue(nil)
	r.injector.Stop()
	quiet := func() bool { return r.loop.Open() == 0 && r.injector.Idle() }
	if err := r.drive(ctx, "healing", r.cluster.Now()+healWithin, quiet); err != nil {
		return err
	}
	if !quiet() {
		r.problem("faults were still there %v after the main phase: %s", healWithin, strings.Join(r.injector.Held(), ", "))
		return nil
	}
	healed := r.cluster.Now()
	recovered := func() bool { return r.poller.recovered(healed) }
	if err := r.drive(ctx, "recovering", healed+recoverWithin, recovered); err != nil {
		return err
	}
	if !recovered() {
		r.problem("%s within %v after the last fault was healed", r.poller.unrecovered(), recoverWithin)
	}
	r.loop.Issue(r.phase.Final())
	if err := r.drive(ctx, "final reads", r.cluster.Now()+readsWithin, r.loop.Exhausted); err != nil {
		return err
	}
	if !r.loop.Exhausted() {
		r.problem("the final reads did not end within %v", readsWithin)
	}
	return r.equalise(ctx)
}

// freeze ends a run at a violation: no operation and no fault is begun any more, and what is
// in force stays so. It waits for what is open.
func (r *run) freeze(ctx context.Context) error {
	r.detach = true
	r.problem("the run was stopped at the first violation, so what is recorded is only its beginning")
	r.loop.Issue(nil)
	r.progress.failFast = false
	r.injector.Freeze()
	settled := func() bool { return r.loop.Open() == 0 && r.injector.Settled() }
	return r.drive(ctx, "stopping", r.cluster.Now()+settleWithin, settled)
}

// note adds what only the end of a run shows to its test, and removes the cluster.
func (r *run) note(c cluster.Cluster, dir Dir) {
	if invariants, err := cluster.As[cluster.InvariantReporter](c); err == nil {
		if broken := invariants.BrokenInvariant(); broken != nil {
			r.test.Broken = broken.Error()
		}
	}
	for _, err := range []error{collectLogs(c, dir), r.leave(c)} {
		if err != nil {
			r.problem("%v", err)
		}
	}
	r.test.Problems = append(r.test.Problems, r.injector.Unhealed()...)
}

// leave removes the cluster, or leaves its nodes as they are where that is wanted and can
// be had.
func (r *run) leave(c cluster.Cluster) error {
	detacher, err := cluster.As[cluster.Detacher](c)
	if !r.detach || err != nil {
		return c.Close()
	}
	r.test.Kept, err = detacher.Detach()
	return err
}

// equalise gives the logs the time to become equal, where that is expected of them, so that
// the poller can note it. Whether they did is for the judge.
func (r *run) equalise(ctx context.Context) error {
	agree := func(e expect.Expectation) bool { return e.What == nemesis.Agree }
	if !slices.ContainsFunc(r.test.Expect, agree) {
		return nil
	}
	read := r.cluster.Now()
	equal := func() bool { return r.poller.equalised(read) }
	return r.drive(ctx, "comparing logs", read+equaliseWithin, equal)
}

// collectLogs copies the nodes' logs, before the nodes are removed, where the runtime has
// not written them to the run directory itself.
func collectLogs(c cluster.Cluster, dir Dir) error {
	logger, err := cluster.As[cluster.Logger](c)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	// The run may have been interrupted; its logs are wanted all the same.
	ctx, cancel := context.WithTimeout(context.Background(), logsWithin)
	defer cancel()
	for _, n := range c.Nodes() {
		path := filepath.Join(dir.NodeLogs(), string(n)+".log")
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := WriteFile(path, func(w io.Writer) error { return logger.Log(ctx, n, w) }); err != nil {
			return err
		}
	}
	return nil
}

// Plan draws a schedule of the test's kinds of fault, which are some of those given, from its
// seed.
func Plan(t Test, all nemesis.Table, offers cluster.Offers) (nemesis.Schedule, error) {
	if len(t.Nemesis) == 0 {
		return nil, nil
	}
	kinds, err := all.Choose(t.Nemesis...)
	if err != nil {
		return nil, err
	}
	return nemesis.Plan(rand.New(rand.NewPCG(t.Seed, 3)), nemesis.Profile{
		Nodes: t.Nodes, Kinds: kinds, Duration: time.Duration(t.Time), Offers: offers,
	})
}
