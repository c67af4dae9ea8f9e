package harness

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"senkei/checker"
	"senkei/harness/loop"
	"senkei/history"
)

const (
	// onlineQueueMax bounds the snapshots that wait to be judged; further ones are skipped.
	onlineQueueMax = 64
	// onlineOpsMax bounds the operations held of keys in use, and again those that wait.
	onlineOpsMax = 1 << 16
	// onlineEvery is how many operations a key takes before it is judged for the first
	// time. Afterwards it takes a quarter more than it has each time, so that all judging
	// of a key together costs a few times as much as judging it once.
	onlineEvery = 16
	// onlineWithin and onlineMemoryBytes bound one judgement.
	onlineWithin      = time.Second
	onlineMemoryBytes = 64 << 20
	// onlineRest is how long it rests after a judgement, in terms of what that
	// took: it takes a quarter of one processor from the nodes at most.
	onlineRest = 3
)

// Violation is a key whose operations so far have no legal order, as it was noticed while
// the run went on. It is a notice; the verdict is reached by Judge alone.
type Violation struct {
	Key string
	// At is when the operation ended that has no place in any order, on the cluster's clock.
	At time.Duration
}

// onlineChecker judges keys beside the loop, so that a person learns of a violation early. It
// looks at a key when none of its operations is open: any beginning of a linearizable
// history is linearizable, so that what is wrong then stays wrong. The loop never waits
// for it: what it cannot take at once is skipped, and what it cannot decide means nothing.
type onlineChecker struct {
	keys    map[string]*keyInUse // of the loop alone; nil for keys that were let go
	held    int                  // operations in keys
	retired func(key string) bool
	queue   chan snapshot
	queued  atomic.Int64 // operations in the queue and under judgement

	property checker.Keyed
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu    sync.Mutex
	found []Violation // not yet taken
}

// keyInUse holds what is known of a key.
type keyInUse struct {
	ops     []history.Op // completed, in that order
	open    int
	judgeAt int // number of operations
}

// snapshot is what was known of a key when none of its operations was open.
type snapshot struct {
	key string
	ops []history.Op
}

// checkOnline starts an online checker, which the caller closes. Where retired reports that
// nothing but a final read of a key follows, the key is let go; keys of which nobody can tell
// are held until onlineOpsMax is reached. A property that is not judged key by key is not
// judged online.
func checkOnline(ctx context.Context, p checker.Property, retired func(key string) bool) *onlineChecker {
	ctx, cancel := context.WithCancel(ctx)
	c := &onlineChecker{keys: map[string]*keyInUse{}, retired: retired, queue: make(chan snapshot, onlineQueueMax), cancel: cancel}
	if retired == nil {
		c.retired = func(string) bool { return false }
	}
	keyed, ok := p.(checker.Keyed)
	if ok {
		c.property = keyed
		c.running.Go(func() { c.run(ctx) })
	}
	return c
}

// watched is a recorder that shows what it records to an online checker as well.
type watched struct {
	loop.Recorder
	by *onlineChecker
}

// watch lets the checker see what a recorder records.
func (c *onlineChecker) watch(r loop.Recorder) loop.Recorder {
	if c.property == nil {
		return r
	}
	return watched{r, c}
}

func (w watched) Invoke(p history.Process, n history.NodeID, in history.Input, now time.Duration) error {
	err := w.Recorder.Invoke(p, n, in, now)
	if err == nil {
		w.by.invoked(in.Key)
	}
	return err
}

func (w watched) Complete(p history.Process, out history.Output, outcome history.Outcome, errText string, now time.Duration) (history.Op, error) {
	op, err := w.Recorder.Complete(p, out, outcome, errText, now)
	if err == nil {
		w.by.completed(op)
	}
	return op, err
}

// close ends a judgement under way and waits for it.
func (c *onlineChecker) close() {
	c.cancel()
	c.running.Wait()
}

// invoked notes that an operation of the key is open.
func (c *onlineChecker) invoked(key string) {
	k, known := c.keys[key]
	if !known {
		k = &keyInUse{judgeAt: onlineEvery}
		c.keys[key] = k
	}
	if k != nil {
		k.open++
	}
}

// completed notes how an operation ended. One of unknown outcome may still take effect,
// which the checker knows.
func (c *onlineChecker) completed(op history.Op) {
	key := op.In.Key
	k := c.keys[key]
	if k == nil {
		return
	}
	k.open--
	k.ops = append(k.ops, op)
	c.held++
	retired := k.open == 0 && c.retired(key)
	if retired || k.open == 0 && len(k.ops) >= k.judgeAt {
		c.offer(key, k)
	}
	if retired || c.held > onlineOpsMax {
		c.held -= len(k.ops)
		c.keys[key] = nil
	}
}

// offer queues a snapshot where there is room. The key only grows beyond what the snapshot
// sees, so that both can share their operations.
func (c *onlineChecker) offer(key string, k *keyInUse) {
	n := len(k.ops)
	if c.queued.Load()+int64(n) > onlineOpsMax {
		return
	}
	select {
	case c.queue <- snapshot{key: key, ops: k.ops[:n:n]}:
		c.queued.Add(int64(n))
		k.judgeAt = n + onlineEvery + n/4
	default:
	}
}

// take returns the violations found since it was called last.
func (c *onlineChecker) take() []Violation {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.found
	c.found = nil
	return found
}

func (c *onlineChecker) run(ctx context.Context) {
	violated := map[string]bool{}
	for {
		var s snapshot
		select {
		case s = <-c.queue:
		case <-ctx.Done():
			return
		}
		began := time.Now()
		if !violated[s.key] && c.judge(ctx, s) {
			violated[s.key] = true
		}
		c.queued.Add(-int64(len(s.ops)))
		select {
		case <-time.After(onlineRest * time.Since(began)):
		case <-ctx.Done():
			return
		}
	}
}

// judge reports whether the snapshot is certain to be a violation.
func (c *onlineChecker) judge(ctx context.Context, s snapshot) bool {
	ctx, cancel := context.WithTimeout(ctx, onlineWithin)
	defer cancel()
	ops := slices.SortedFunc(slices.Values(s.ops), func(a, b history.Op) int { return cmp.Compare(a.Invoke, b.Invoke) })
	v := c.property.CheckKey(ctx, s.key, history.History{Ops: ops}, checker.Limits{MemoryBytes: onlineMemoryBytes})
	if v.Status != checker.Invalid {
		return false
	}
	at := s.ops[len(s.ops)-1].End
	if core := checker.CoreOf(v.Evidence); core != nil {
		at = core.Culprit.End
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found = append(c.found, Violation{Key: s.key, At: at})
	return true
}
