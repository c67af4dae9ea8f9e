package harness

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/workloads"
)

const (
	// progressEvery is how often Progress is told.
	progressEvery = 250 * time.Millisecond
	// drainMax bounds the completions handled before new operations are issued.
	drainMax = 1024
)

// loop is the single goroutine that issues operations, records their completions and
// lets the conductor and the monitor act when they are due. It cannot tell a real clock
// from a simulated one.
type loop struct {
	cluster    cluster.Cluster
	recorder   *history.Recorder
	rand       *rand.Rand
	clients    []workloads.Client // by slot
	slots      map[history.Process]int
	free       []bool
	busy       int
	generator  workloads.Generator // nil while nothing is to be issued
	conductor  *conductor
	monitor    *monitor
	watcher    *watcher
	failFast   bool // the first violation ends the phase
	progress   func(Snapshot)
	progressAt time.Duration
	violations int // noticed so far
	counts     Counts
	phase      string
}

func newLoop(c cluster.Cluster, rec *history.Recorder, t Test, progress func(Snapshot)) *loop {
	l := &loop{
		cluster: c, recorder: rec, progress: progress,
		rand:     rand.New(rand.NewPCG(t.Seed, 1)),
		slots:    map[history.Process]int{},
		failFast: t.FailFast,
	}
	for slot := range t.Clients {
		l.clients = append(l.clients, workloads.Client{
			Slot: slot, Process: history.Process(slot), Node: t.Nodes[slot%len(t.Nodes)],
		})
		l.slots[history.Process(slot)] = slot
		l.free = append(l.free, true)
	}
	return l
}

// errInterrupted ends a phase early because the user asked for it.
var errInterrupted = errors.New("interrupted")

// errViolated ends a phase early because a violation was noticed and the user asked for that.
var errViolated = errors.New("a violation was noticed")

// run drives until the clock reaches until or done says that the phase is over. It
// returns errInterrupted where ctx ends first, and errViolated where failFast is set and a
// violation is noticed first.
func (l *loop) run(ctx context.Context, phase string, until time.Duration, done func() bool) error {
	l.phase = phase
	for {
		now := l.cluster.Now()
		if ctx.Err() != nil {
			return errInterrupted
		}
		if now >= until || done() {
			return nil
		}
		wake, err := l.issue(now, until)
		if err != nil {
			return err
		}
		conducted, err := l.conductor.due(now)
		if err != nil {
			return err
		}
		wake = min(wake, conducted, l.monitor.due(now), l.report(now))
		if l.failFast && l.violations > 0 {
			return errViolated
		}
		if err := l.await(ctx, wake); err != nil {
			return err
		}
	}
}

// issue invokes every operation that is due and returns when the next one may be.
func (l *loop) issue(now, until time.Duration) (time.Duration, error) {
	for l.generator != nil {
		view := workloads.View{Now: now, Rand: l.rand, Free: make([]workloads.Client, 0, len(l.free))}
		for slot, free := range l.free {
			if free {
				view.Free = append(view.Free, l.clients[slot])
			}
		}
		if len(view.Free) == 0 {
			return until, nil
		}
		next := l.generator.Next(view)
		switch next.Status {
		case workloads.Exhausted:
			l.generator = nil
		case workloads.Pending:
			if next.At == 0 {
				return until, nil
			}
			return min(next.At, until), nil
		case workloads.Ready:
			client := next.Client
			now = l.cluster.Now()
			if err := l.recorder.Invoke(client.Process, client.Node, next.Input, now); err != nil {
				return 0, err
			}
			l.watcher.invoked(next.Input.Key)
			l.free[client.Slot] = false
			l.busy++
			l.cluster.Invoke(client.Process, client.Node, next.Input)
		}
	}
	return until, nil
}

// await handles the next completion and those that came with it. All that have already
// ended are recorded before anything new is invoked: otherwise they would look concurrent.
func (l *loop) await(ctx context.Context, until time.Duration) error {
	for range drainMax {
		c, ok := l.cluster.Await(ctx, until)
		if !ok {
			return nil
		}
		if err := l.complete(c); err != nil {
			return err
		}
		until = 0 // only what is there already
	}
	return nil
}

func (l *loop) complete(c cluster.Completion) error {
	now := l.cluster.Now()
	if c.Action != nil {
		return c.Action.Done(c.Err)
	}
	outcome, text := history.OK, ""
	if c.Err != nil {
		outcome, text = history.Unknown, c.Err.Error()
		if errors.Is(c.Err, cluster.ErrNoEffect) {
			outcome = history.Failed
		}
	}
	op, err := l.recorder.Complete(c.Process, c.Output, outcome, text, now)
	if err != nil {
		return err
	}
	l.counts.add(outcome)
	l.busy--
	slot := l.slots[c.Process]
	l.free[slot] = true
	if outcome == history.Unknown {
		// The operation may still take effect, so its process never returns.
		delete(l.slots, c.Process)
		l.clients[slot].Process += history.Process(len(l.clients))
		l.slots[l.clients[slot].Process] = slot
	}
	if l.generator != nil {
		l.generator.Done(op)
	}
	l.watcher.completed(op, l.generator)
	return nil
}

// Snapshot is what a person watching a run sees.
type Snapshot struct {
	Phase   string // "driving", "healing", "final reads"
	Elapsed time.Duration
	Counts  Counts
	Faults  []string // in force
	Leader  history.NodeID
	Term    uint64
	// Violations counts the keys found to be violated so far, and Noticed holds those that
	// no snapshot before told of.
	Violations int
	Noticed    []Violation
}

func (l *loop) report(now time.Duration) time.Duration {
	noticed := l.watcher.take()
	l.violations += len(noticed)
	if now >= l.progressAt || len(noticed) > 0 {
		l.progressAt = now + progressEvery
		leader, term := l.monitor.leadership()
		l.progress(Snapshot{
			Phase: l.phase, Elapsed: now, Counts: l.counts,
			Faults: l.conductor.inForce(), Leader: leader, Term: term,
			Violations: l.violations, Noticed: noticed,
		})
	}
	return l.progressAt
}
