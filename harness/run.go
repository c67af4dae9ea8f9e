package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"senkei/harness/cluster"
	"senkei/harness/expect"
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
	if err := t.Validate(); err != nil {
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
	notes, err := newNotebook(dir.observed())
	if err != nil {
		return errors.Join(err, rec.Close())
	}
	c, err := p.Runtime.Start(ctx, p.System, t.Nodes)
	if err != nil {
		return errors.Join(fmt.Errorf("start the cluster: %w", err), rec.Close(), notes.close())
	}
	if p.Progress == nil {
		p.Progress = func(Snapshot) {}
	}
	r := &run{test: t, parts: p, loop: newLoop(c, rec, t, p.Progress)}
	r.loop.monitor = newMonitor(c, rec, notes)
	r.loop.conductor = newConductor(c, rec, p.Schedule, t.Seed, func() history.NodeID { return r.loop.monitor.leader })

	r.loop.watcher = watch(ctx, p.Workload.Property)
	failure := r.phases(ctx)
	if errors.Is(failure, errViolated) {
		failure = r.freeze(ctx)
	}
	r.loop.watcher.close()
	applied := r.loop.conductor.applied(c.Now())
	if errors.Is(failure, errInterrupted) {
		r.problem("the run was interrupted")
		failure = nil
	}
	if reporter, err := cluster.As[cluster.InvariantReporter](c); err == nil {
		if seen := reporter.BrokenInvariant(); seen != nil {
			r.test.Broken = seen.Error()
		}
	}
	if err := collectLogs(c, dir); err != nil {
		r.problem("%v", err)
	}
	if err := r.leave(c); err != nil {
		r.problem("%v", err)
	}
	r.test.Problems = append(r.test.Problems, r.loop.conductor.problems...)
	r.test.Observed = notes.counts
	r.test.Ended = time.Now().UTC()
	return errors.Join(failure, rec.Close(), notes.close(), dir.writeSchedule(applied), dir.writeTest(r.test))
}

// run is one run from the start of its cluster to its end.
type run struct {
	test  Test
	parts Parts
	loop  *loop
	keep  bool // the cluster as it is
}

func (r *run) problem(format string, args ...any) {
	r.test.Problems = append(r.test.Problems, fmt.Sprintf(format, args...))
}

// phases: settle, drive under faults, heal, recover, read everything once more.
func (r *run) phases(ctx context.Context) error {
	l, options := r.loop, r.test.options()
	never := func() bool { return false }
	quiet := func() bool { return l.busy == 0 && l.conductor.idle() }

	main := r.parts.Workload.Generator(options)
	l.generator = main
	if err := l.run(ctx, "driving", time.Duration(r.test.Time), never); err != nil {
		return err
	}
	l.generator = nil
	l.conductor.stop()
	if err := l.run(ctx, "healing", l.cluster.Now()+healWithin, quiet); err != nil {
		return err
	}
	if !quiet() {
		r.problem("faults were still in force %v after the main phase: %v", healWithin, l.conductor.inForce())
		return nil
	}
	healed := l.cluster.Now()
	recovered := func() bool { return l.monitor.recovered(healed) }
	if err := l.run(ctx, "recovering", healed+recoverWithin, recovered); err != nil {
		return err
	}
	if !recovered() {
		r.problem("the nodes did not agree on a leader within %v after the last fault was healed", recoverWithin)
	}
	l.generator = r.parts.Workload.FinalReads(options, main)
	read := func() bool { return l.generator == nil && l.busy == 0 }
	if err := l.run(ctx, "final reads", l.cluster.Now()+readsWithin, read); err != nil {
		return err
	}
	if !read() {
		r.problem("the final reads did not end within %v", readsWithin)
	}
	return r.equalise(ctx)
}

// freeze ends a run at a violation: no operation and no fault is begun any more, and what is
// in force stays so. It waits for what is open.
func (r *run) freeze(ctx context.Context) error {
	l := r.loop
	r.keep = true
	r.problem("the run was stopped at the first violation, so what is recorded is only its beginning")
	l.generator, l.failFast = nil, false
	l.conductor.keep()
	settled := func() bool { return l.busy == 0 && l.conductor.settled() }
	return l.run(ctx, "stopping", l.cluster.Now()+settleWithin, settled)
}

// leave removes the cluster, or keeps it where that is wanted and can be had.
func (r *run) leave(c cluster.Cluster) error {
	detacher, err := cluster.As[cluster.Detacher](c)
	if !r.keep || err != nil {
		return c.Close()
	}
	r.test.Kept, err = detacher.Detach()
	return err
}

// equalise gives the logs the time to become equal, where that is expected of them, so that
// the monitor can note it. Whether they did is for the judge.
func (r *run) equalise(ctx context.Context) error {
	agree := func(e expect.Expectation) bool { return e.What == nemesis.Agree }
	if !slices.ContainsFunc(r.test.Expect, agree) {
		return nil
	}
	read := r.loop.cluster.Now()
	equal := func() bool { return r.loop.monitor.equalised(read) }
	return r.loop.run(ctx, "comparing logs", read+equaliseWithin, equal)
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
func Plan(t Test, all nemesis.Table) (nemesis.Schedule, error) {
	if len(t.Nemesis) == 0 {
		return nil, nil
	}
	kinds, err := all.Choose(t.Nemesis...)
	if err != nil {
		return nil, err
	}
	return nemesis.Plan(rand.New(rand.NewPCG(t.Seed, 3)), nemesis.Profile{
		Nodes: t.Nodes, Kinds: kinds, Duration: time.Duration(t.Time),
	})
}
