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
	k, keyed := p.(checker.Keyed)
	if !keyed {
		judge := func(ctx context.Context, lim checker.Limits) checker.Verdict { return p.Check(ctx, h, lim) }
		return decide(ctx, lim, []task{{stuck: stuck(p, ""), judge: judge}})[0]
	}
	groups := h.Groups()
	ops := func(key int) ([]history.Op, error) { return groups.Ops(key), nil }
	return checkKeys(ctx, k, lim, groups.Keys(), ops, h.Faults)
}

// checkKeys judges some keys, whose operations are asked for when they are judged.
func checkKeys(ctx context.Context, p checker.Keyed, lim checker.Limits, keys []string, ops func(key int) ([]history.Op, error), faults []history.Span) checker.Verdict {
	tasks := make([]task, len(keys))
	for i, key := range keys {
		of := ""
		if key != "" {
			of = fmt.Sprintf("key %s: ", history.ShowKey(key))
		}
		t := task{n: i, stuck: stuck(p, of)}
		t.stuck.Key = key
		t.judge = func(ctx context.Context, lim checker.Limits) checker.Verdict {
			own, err := ops(i)
			if err != nil {
				return checker.Verdict{Property: p.Name(), Key: key, Summary: checker.NothingProved, Reason: err.Error()}
			}
			return p.CheckKey(ctx, key, history.History{Ops: own, Faults: faults}, lim)
		}
		tasks[i] = t
	}
	verdicts := decide(ctx, lim, tasks)
	slices.SortStableFunc(verdicts, tellingFirst)
	return checker.Merge(p.Name(), verdicts...)
}

// decide carries out all tasks.
func decide(ctx context.Context, lim checker.Limits, tasks []task) []checker.Verdict {
	if lim.MemoryBytes == 0 {
		lim.MemoryBytes = checker.DefaultMemoryBytes
	}
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
	return verdicts
}

// task is one key, or a whole history.
type task struct {
	n     int             // of the verdict
	stuck checker.Verdict // where it does not end in time
	judge func(ctx context.Context, lim checker.Limits) checker.Verdict
}

// stuck is the verdict on what does not end in time.
func stuck(p checker.Property, of string) checker.Verdict {
	return checker.Verdict{Property: p.Name(), Summary: checker.NothingProved, Reason: of + "a step of the model took longer than the time given; raise --check-time"}
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
