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

// check judges a property within one budget of memory, key by key on all processors where it
// is a checker.Keyed. Each key's verdict depends on its own operations only, so the order in
// which they are done changes nothing. What is not decided with a part of the memory is tried
// again with all of it, one key after the other.
func check(ctx context.Context, p checker.Property, lim checker.Limits, h history.History) checker.Verdict {
	if lim.MemoryBytes == 0 {
		lim.MemoryBytes = checker.DefaultMemoryBytes
	}
	tasks, keyed := tasksOf(p, h)
	ctx, release := guardMemory(ctx, lim.MemoryBytes)
	defer release()
	verdicts := make([]checker.Verdict, len(tasks))
	if workers := min(runtime.GOMAXPROCS(0), len(tasks)); workers > 1 {
		shared := lim
		shared.MemoryBytes /= int64(workers)
		judge(ctx, shared, tasks, workers, verdicts)
		tasks = slices.DeleteFunc(tasks, func(t task) bool { return verdicts[t.n].Status != checker.Unknown })
	}
	lim.Spread = spread
	judge(ctx, lim, tasks, 1, verdicts)
	if !keyed {
		return verdicts[0]
	}
	slices.SortStableFunc(verdicts, tellingFirst)
	return checker.Merge(p.Name(), verdicts...)
}

// task is one key, or a whole history.
type task struct {
	n     int             // of the verdict
	stuck checker.Verdict // where it does not end in time
	judge func(ctx context.Context, lim checker.Limits) checker.Verdict
}

func tasksOf(p checker.Property, h history.History) (tasks []task, keyed bool) {
	stuck := func(of string) checker.Verdict {
		return checker.Verdict{Property: p.Name(), Summary: checker.NothingProved, Reason: of + "a step of the model took longer than the time given; raise --check-time"}
	}
	k, keyed := p.(checker.Keyed)
	if !keyed {
		judge := func(ctx context.Context, lim checker.Limits) checker.Verdict { return p.Check(ctx, h, lim) }
		return []task{{stuck: stuck(""), judge: judge}}, false
	}
	groups := h.Groups()
	for i, key := range groups.Keys() {
		of := ""
		if key != "" {
			of = fmt.Sprintf("key %s: ", history.ShowKey(key))
		}
		t := task{n: i, stuck: stuck(of)}
		t.stuck.Key = key
		t.judge = func(ctx context.Context, lim checker.Limits) checker.Verdict {
			return k.CheckKey(ctx, key, history.History{Ops: groups.Ops(i), Faults: h.Faults}, lim)
		}
		tasks = append(tasks, t)
	}
	return tasks, true
}

// judge fills in the verdicts of some tasks. It returns soon after ctx has ended, even if a
// model does not.
func judge(ctx context.Context, lim checker.Limits, tasks []task, workers int, verdicts []checker.Verdict) {
	type answer struct {
		n int
		v checker.Verdict
	}
	queue := make(chan task, len(tasks))
	answers := make(chan answer, len(tasks)) // nobody waits to send, not even if nobody listens
	for _, t := range tasks {
		queue <- t
		verdicts[t.n] = t.stuck
	}
	close(queue)
	for range workers {
		go func() {
			for t := range queue {
				answers <- answer{t.n, t.judge(ctx, lim)}
			}
		}()
	}
	ended, stuck := ctx.Done(), (<-chan time.Time)(nil)
	for answered := 0; answered < len(tasks); {
		select {
		case a := <-answers:
			verdicts[a.n] = a.v
			answered++
		case <-ended:
			ended, stuck = nil, time.After(keyGrace)
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
