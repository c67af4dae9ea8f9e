package harness

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"senkei/checker"
	"senkei/history"
)

// keyGrace is how long after the end of the time a key may still be answered for. Beyond,
// its model is stuck in a step, and nothing waits for it any more.
const keyGrace = 500 * time.Millisecond

// checkKeys judges the keys on all processors, within one budget of memory. Each key's
// verdict depends on its own operations only, so the order in which they are done changes
// nothing. What is not decided with a part of the memory is tried again with all of it,
// one key after the other.
func checkKeys(ctx context.Context, property checker.Keyed, lim checker.Limits, h history.History) checker.Verdict {
	if lim.MemoryBytes == 0 {
		lim.MemoryBytes = checker.DefaultMemoryBytes
	}
	var tasks []keyTask
	for key, ops := range h.ByKey() {
		tasks = append(tasks, keyTask{n: len(tasks), key: key, h: history.History{Ops: ops, Faults: h.Faults}})
	}
	ctx, release := guardMemory(ctx, lim.MemoryBytes)
	defer release()
	verdicts := make([]checker.Verdict, len(tasks))
	cores := runtime.GOMAXPROCS(0)
	workers := min(cores, len(tasks))
	if workers > 1 {
		shared := lim
		shared.MemoryBytes /= int64(workers)
		judgeKeys(ctx, property, shared, tasks, workers, verdicts)
		tasks = slices.DeleteFunc(tasks, func(t keyTask) bool { return verdicts[t.n].Status != checker.Unknown })
	}
	lim.Spread = spread
	judgeKeys(ctx, property, lim, tasks, 1, verdicts)
	slices.SortStableFunc(verdicts, tellingFirst)
	return checker.Merge(property.Name(), verdicts...)
}

// keyTask is one key with its operations.
type keyTask struct {
	n   int // of the verdict
	key string
	h   history.History
}

// judgeKeys fills in the verdicts of some keys. It returns soon after ctx has ended, even if
// a model does not.
func judgeKeys(ctx context.Context, c checker.Keyed, lim checker.Limits, tasks []keyTask, workers int, verdicts []checker.Verdict) {
	type answer struct {
		n int
		v checker.Verdict
	}
	queue := make(chan keyTask, len(tasks))
	answers := make(chan answer, len(tasks)) // nobody waits to send, not even if nobody listens
	for _, t := range tasks {
		queue <- t
		verdicts[t.n] = checker.Verdict{Property: c.Name(), Key: t.key, Summary: checker.NothingProved,
			Reason: fmt.Sprintf("key %s: a step of the model took longer than the time given; raise --check-time", t.key)}
	}
	close(queue)
	for range workers {
		go func() {
			for t := range queue {
				answers <- answer{t.n, c.CheckKey(ctx, t.key, t.h, lim)}
			}
		}()
	}
	stuck := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		time.Sleep(keyGrace)
		close(stuck)
	})
	defer stop()
	for range tasks {
		select {
		case a := <-answers:
			verdicts[a.n] = a.v
		case <-stuck:
			return
		}
	}
}

// spread carries out tasks on all processors.
func spread(tasks []func()) {
	var running sync.WaitGroup
	for _, task := range tasks {
		running.Go(task)
	}
	running.Wait()
}
