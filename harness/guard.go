package harness

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"senkei/checker"
)

const (
	// guardSlack is what garbage may occupy beside the budget and what was there before.
	guardSlack = 48 << 20
	guardEvery = 20 * time.Millisecond
	// guardGarbage is how much garbage may gather between two collections: a long history
	// alone must not double what the process takes.
	guardGarbage = 384 << 20
)

// guardMemory returns a context that ends with the cause checker.ErrMemory if the process
// holds so many bytes more than now, whoever holds them: searches count what they hold
// themselves, but not what a model allocates. Until release is called, the garbage collector
// works as hard as it takes to stay near that.
func guardMemory(parent context.Context, bytes int64) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(parent)
	runtime.GC()
	most := live() + bytes
	before := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(before, most+guardSlack))
	percent := debug.SetGCPercent(garbagePercent(most - bytes))
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(guardEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if live() > most {
					cancel(checker.ErrMemory)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return ctx, func() {
		cancel(nil)
		running.Wait()
		debug.SetMemoryLimit(before)
		debug.SetGCPercent(percent)
	}
}

// garbagePercent is how much garbage may gather beside so many bytes in use, in percent of
// these.
func garbagePercent(inUse int64) int { return int(min(100, 100*guardGarbage/max(1, inUse))) }

// live returns how many bytes of the heap were in use when the garbage collector looked
// last.
func live() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
