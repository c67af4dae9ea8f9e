package live

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

// Shell implements, of cluster.Cluster, Now, Invoke, Act and Await; cluster.Prober; Equip adds what the system
// can do. All but Invoke, Act and Await may be called from any goroutine.
type Shell struct {
	sys       cluster.System
	addrs     map[history.NodeID]Address
	opTimeout time.Duration
	began     time.Time

	// ctx ends with Close and bounds every operation and action.
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup // workers and actions

	ended   chan ending
	timer   *time.Timer                 // of Await
	workers map[history.Process]*worker // only Invoke and Await touch it
}

// ending is a completion on its way to Await.
type ending struct {
	cluster.Completion
	// panicked is what an action panicked with, and where. Await panics with it, so
	// that the run loop unwinds and removes the cluster.
	panicked string
}

// Address is where one node is reached, as host:port.
type Address struct {
	Client string // by the harness
	Peer   string // by the other nodes
}

// endedMax is how many completions wait for Await before workers wait instead.
const endedMax = 1024

// New starts the clock. An operation that takes longer than opTimeout ends with an unknown outcome.
func New(sys cluster.System, addrs map[history.NodeID]Address, opTimeout time.Duration) *Shell {
	ctx, cancel := context.WithCancel(context.Background())
	timer := time.NewTimer(0)
	timer.Stop()
	return &Shell{
		sys: sys, addrs: addrs, opTimeout: opTimeout, began: time.Now(),
		ctx: ctx, cancel: cancel,
		ended: make(chan ending, endedMax), timer: timer, workers: map[history.Process]*worker{},
	}
}

// Now is the time since New.
func (s *Shell) Now() time.Duration { return time.Since(s.began) }

// Invoke hands the operation to the worker of p. It panics if n is not a node of the
// cluster or an operation of p is still open.
func (s *Shell) Invoke(p history.Process, n history.NodeID, in history.Input) {
	w := s.workers[p]
	if w == nil {
		addr, ok := s.addrs[n]
		if !ok {
			panic(fmt.Sprintf("live: process %d invokes on %q, which is not a node", p, n))
		}
		w = &worker{process: p, node: n, inputs: make(chan history.Input, 1)}
		s.workers[p] = w
		s.running.Go(func() { w.run(s, addr.Client) })
	}
	if w.open || w.node != n {
		panic(fmt.Sprintf("live: process %d invokes on %s, and belongs to %s with an open operation: %t", p, n, w.node, w.open))
	}
	w.open = true
	w.inputs <- in
}

// Act runs the action in a goroutine of its own, with a context that ends with Close or
// with the action's timeout. If it panics, so does the Await that would have delivered its
// completion.
func (s *Shell) Act(a *cluster.Action) {
	s.running.Go(func() {
		e := ending{Completion: cluster.Completion{Action: a}}
		func() {
			defer func() {
				if r := recover(); r != nil {
					e.panicked = fmt.Sprintf("action %s: %v\n%s", a.Name, r, debug.Stack())
				}
			}()
			ctx := s.ctx
			if a.Timeout > 0 {
				bounded, cancel := context.WithTimeout(ctx, a.Timeout)
				defer cancel()
				ctx = bounded
			}
			e.Err = a.Do(ctx)
		}()
		s.end(e)
	})
}

// end queues a completion. After Close nobody waits for it.
func (s *Shell) end(e ending) {
	select {
	case s.ended <- e:
	case <-s.ctx.Done():
	}
}

// Await returns completions in the order in which they happened. Those that have
// happened come before the end of the time, so that Await until Now collects them; but
// nothing comes once ctx has ended.
func (s *Shell) Await(ctx context.Context, until time.Duration) (cluster.Completion, bool) {
	if ctx.Err() != nil {
		return cluster.Completion{}, false
	}
	select {
	case e := <-s.ended:
		return s.deliver(e), true
	default:
	}
	s.timer.Reset(until - s.Now())
	defer s.timer.Stop()
	select {
	case e := <-s.ended:
		return s.deliver(e), true
	case <-s.timer.C:
	case <-ctx.Done():
	}
	return cluster.Completion{}, false
}

// deliver retires the worker of an operation whose outcome is unknown.
func (s *Shell) deliver(e ending) cluster.Completion {
	if e.panicked != "" {
		panic(e.panicked)
	}
	if e.Action != nil {
		return e.Completion
	}
	w := s.workers[e.Process]
	w.open = false
	if cluster.OutcomeOf(e.Err) == history.Unknown {
		close(w.inputs)
		delete(s.workers, e.Process)
	}
	return e.Completion
}

// ClientAddresses returns where clients reach each node, as host:port.
func (s *Shell) ClientAddresses() map[history.NodeID]string {
	addrs := map[history.NodeID]string{}
	for n, addr := range s.addrs {
		addrs[n] = addr.Client
	}
	return addrs
}

// Ready returns nil if node n serves.
func (s *Shell) Ready(ctx context.Context, n history.NodeID) error {
	addr, ok := s.addrs[n]
	if !ok {
		return fmt.Errorf("%q is not a node of this cluster", n)
	}
	if err := s.sys.Ready(ctx, addr.Client); err != nil {
		return fmt.Errorf("%s does not serve: %w", n, err)
	}
	return nil
}

// Close ends the open operations and actions, waits for them and closes the clients.
// Nothing may be invoked afterwards.
func (s *Shell) Close() {
	s.cancel()
	s.running.Wait()
}
