package loop

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/workloads"
)

// Loop is the single goroutine that issues operations, records their completions and lets
// tasks act when they are due.
type Loop struct {
	cluster   cluster.Cluster
	recorder  Recorder
	rand      *rand.Rand
	generator workloads.Generator // nil while nothing is to be issued
	clients   clients
	tasks     []Task
	counts    Counts
}

// Task is something that happens beside the operations, such as injecting faults.
type Task interface {
	// Due does what is due and returns when it wants to be called again, at the latest. An
	// error ends the phase.
	Due(now time.Duration) (next time.Duration, err error)
}

// Counts are numbers of operations by outcome.
type Counts struct {
	OK      int `json:"ok"`
	Failed  int `json:"fail"`
	Unknown int `json:"info"`
}

// Total is the number of all operations.
func (c Counts) Total() int { return c.OK + c.Failed + c.Unknown }

// Add counts one operation.
func (c *Counts) Add(o history.Outcome) {
	switch o {
	case history.OK:
		c.OK++
	case history.Failed:
		c.Failed++
	default:
		c.Unknown++
	}
}

// New returns a loop without clients. Generators draw from rng.
func New(c cluster.Cluster, r Recorder, rng *rand.Rand, tasks ...Task) *Loop {
	return &Loop{cluster: c, recorder: r, rand: rng, tasks: tasks}
}

// Enlist makes n clients take the place of those before, none of which may have an operation
// open. Their processes are numbered from first, which no process so far may reach, and
// client i speaks to nodes[i mod len(nodes)].
func (l *Loop) Enlist(n int, first history.Process, nodes []history.NodeID) {
	if l.Open() > 0 {
		panic("loop: clients are replaced while they have operations open")
	}
	l.clients = newClients(n, first, nodes)
}

// Issue lets a generator decide what the clients do from now on; nil stops them.
func (l *Loop) Issue(g workloads.Generator) { l.generator = g }

// Open is how many operations have not ended.
func (l *Loop) Open() int { return l.clients.open() }

// Exhausted reports whether the generator has nothing more to issue and all operations have
// ended.
func (l *Loop) Exhausted() bool { return l.generator == nil && l.Open() == 0 }

// Counts are the operations that have ended.
func (l *Loop) Counts() Counts { return l.counts }

// ErrInterrupted ends a phase early because its context ended.
var ErrInterrupted = errors.New("interrupted")

// Run drives until the clock reaches until or done says that the phase is over. It returns
// ErrInterrupted where ctx ends first, and the error of a task or of the recorder.
func (l *Loop) Run(ctx context.Context, until time.Duration, done func() bool) error {
	for {
		now := l.cluster.Now()
		if ctx.Err() != nil {
			return ErrInterrupted
		}
		if now >= until || done() {
			return nil
		}
		wake, err := l.issue(now, until)
		if err != nil {
			return err
		}
		for _, t := range l.tasks {
			next, err := t.Due(now)
			if err != nil {
				return err
			}
			wake = min(wake, next)
		}
		if err := l.await(ctx, wake); err != nil {
			return err
		}
	}
}

// issue invokes every operation that is due and returns when the next one may be.
func (l *Loop) issue(now, until time.Duration) (time.Duration, error) {
	for l.generator != nil && len(l.clients.free) > 0 {
		next := l.generator.Next(workloads.View{Now: now, Rand: l.rand, Free: l.clients.free})
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
			l.clients.take(client.Slot)
			l.cluster.Invoke(client.Process, client.Node, next.Input)
		}
	}
	return until, nil
}

// drainMax bounds the completions handled before new operations are issued.
const drainMax = 1024

// await handles the next completion and those that came with it. All that have already
// ended are recorded before anything new is invoked: otherwise they would look concurrent.
func (l *Loop) await(ctx context.Context, until time.Duration) error {
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

func (l *Loop) complete(c cluster.Completion) error {
	if c.Action != nil {
		return c.Action.Done(c.Err)
	}
	outcome, text := cluster.OutcomeOf(c.Err), ""
	if c.Err != nil {
		text = c.Err.Error()
	}
	op, err := l.recorder.Complete(c.Process, c.Output, outcome, text, l.cluster.Now())
	if err != nil {
		return err
	}
	l.counts.Add(outcome)
	l.clients.release(c.Process, outcome)
	if l.generator != nil {
		l.generator.Done(op)
	}
	return nil
}
