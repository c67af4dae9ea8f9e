package harness

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"senkei/checker"
	"senkei/history"
	"senkei/workloads"
)

const (
	// watchQueueMax bounds the snapshots that wait to be judged; further ones are skipped.
	watchQueueMax = 64
	// watchOpsMax bounds the operations held of keys in use, and again those that wait.
	watchOpsMax = 1 << 16
	// watchEvery is how many operations a key takes before it is judged for the first
	// time. Afterwards it takes a quarter more than it has each time, so that all judging
	// of a key together costs a few times as much as judging it once.
	watchEvery = 16
	// watchWithin and watchMemoryBytes bound one judgement.
	watchWithin      = time.Second
	watchMemoryBytes = 64 << 20
	// watchRest is how long the watcher rests after a judgement, in terms of what that
	// took: it takes a quarter of one processor from the nodes at most.
	watchRest = 3
)

// Violation is a key whose operations so far have no legal order, as it was noticed while
// the run went on. It is a notice; the verdict is reached by Judge alone.
type Violation struct {
	Key string
	// At is when the operation ended that has no place in any order, on the cluster's clock.
	At time.Duration
}

// watcher judges keys beside the loop, so that a person learns of a violation early. It
// looks at a key when none of its operations is open: any beginning of a linearizable
// history is linearizable, so that what is wrong then stays wrong. The loop never waits
// for it: what it cannot take at once is skipped, and what it cannot decide means nothing.
type watcher struct {
	keys   map[string]*watched // of the loop alone; nil for keys that were let go
	held   int                 // operations in keys
	queue  chan snapshot
	queued atomic.Int64 // operations in the queue and under judgement

	check   checker.Keyed
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	found []Violation // not yet taken
}

// watched is a key in use.
type watched struct {
	ops     []history.Op // completed, in that order
	open    int
	judgeAt int // number of operations
}

// snapshot is what was known of a key when none of its operations was open.
type snapshot struct {
	key string
	ops []history.Op
}

// retirer is a Generator that knows when it is done with a key: nothing but a final read
// follows. Keys of other generators are held until watchOpsMax is reached.
type retirer interface{ Retired(key string) bool }

// watch starts a watcher, which the caller closes.
func watch(ctx context.Context, check checker.Keyed) *watcher {
	ctx, cancel := context.WithCancel(ctx)
	w := &watcher{
		keys: map[string]*watched{}, queue: make(chan snapshot, watchQueueMax), check: check, cancel: cancel,
	}
	w.running.Go(func() { w.run(ctx) })
	return w
}

// close ends a judgement under way and waits for it.
func (w *watcher) close() {
	w.cancel()
	w.running.Wait()
}

// invoked notes that an operation of the key is open.
func (w *watcher) invoked(key string) {
	k, known := w.keys[key]
	if !known {
		k = &watched{judgeAt: watchEvery}
		w.keys[key] = k
	}
	if k != nil {
		k.open++
	}
}

// completed notes how an operation ended. One of unknown outcome may still take effect,
// which the checker knows.
func (w *watcher) completed(op history.Op, g workloads.Generator) {
	key := op.In.Key
	k := w.keys[key]
	if k == nil {
		return
	}
	k.open--
	k.ops = append(k.ops, op)
	w.held++
	r, ok := g.(retirer)
	retired := k.open == 0 && ok && r.Retired(key)
	if retired || k.open == 0 && len(k.ops) >= k.judgeAt {
		w.offer(key, k)
	}
	if retired || w.held > watchOpsMax {
		w.held -= len(k.ops)
		w.keys[key] = nil
	}
}

// offer queues a snapshot where there is room. The key only grows beyond what the snapshot
// sees, so that both can share their operations.
func (w *watcher) offer(key string, k *watched) {
	n := len(k.ops)
	if w.queued.Load()+int64(n) > watchOpsMax {
		return
	}
	select {
	case w.queue <- snapshot{key: key, ops: k.ops[:n:n]}:
		w.queued.Add(int64(n))
		k.judgeAt = n + watchEvery + n/4
	default:
	}
}

// take returns the violations found since it was called last.
func (w *watcher) take() []Violation {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.found
	w.found = nil
	return found
}

func (w *watcher) run(ctx context.Context) {
	violated := map[string]bool{}
	for {
		var s snapshot
		select {
		case s = <-w.queue:
		case <-ctx.Done():
			return
		}
		began := time.Now()
		if !violated[s.key] && w.judge(ctx, s) {
			violated[s.key] = true
		}
		w.queued.Add(-int64(len(s.ops)))
		select {
		case <-time.After(watchRest * time.Since(began)):
		case <-ctx.Done():
			return
		}
	}
}

// judge reports whether the snapshot is certain to be a violation.
func (w *watcher) judge(ctx context.Context, s snapshot) bool {
	ctx, cancel := context.WithTimeout(ctx, watchWithin)
	defer cancel()
	ops := slices.SortedFunc(slices.Values(s.ops), func(a, b history.Op) int { return cmp.Compare(a.Invoke, b.Invoke) })
	v := w.check.CheckKey(ctx, s.key, history.History{Ops: ops}, checker.Limits{MemoryBytes: watchMemoryBytes})
	if v.Status != checker.Invalid {
		return false
	}
	at := s.ops[len(s.ops)-1].End
	if checker.CoreOf(v.Evidence) != nil {
		at = checker.CoreOf(v.Evidence).Culprit.End
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, Violation{Key: s.key, At: at})
	return true
}
