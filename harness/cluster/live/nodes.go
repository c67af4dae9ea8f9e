package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

// Each does something to the named nodes side by side: one node's trouble does not keep the
// others from being reached. The verb, such as "kill", begins what is said of each failure.
func Each[N any](verb string, ids []history.NodeID, nodes map[history.NodeID]N, do func(N) error) error {
	failed := make([]error, len(ids))
	var running sync.WaitGroup
	for i, id := range ids {
		n, ok := nodes[id]
		if !ok {
			failed[i] = fmt.Errorf("%s %q: not a node of this cluster", verb, id)
			continue
		}
		running.Go(func() {
			if err := do(n); err != nil {
				failed[i] = fmt.Errorf("%s %s: %w", verb, id, err)
			}
		})
	}
	running.Wait()
	return errors.Join(failed...)
}

const (
	// readyWithin is how long a node may take from its start until it serves.
	readyWithin = 30 * time.Second
	readyEvery  = 10 * time.Millisecond
	// answerWithin bounds one question of Poll. It is longer than a node works on a request, so
	// that what comes after it is not overtaken.
	answerWithin = 3 * time.Second
)

// Serves returns when the node whose client port is reached at addr serves. stopped says why it
// never will, or returns nil.
func Serves(ctx context.Context, sys cluster.System, addr string, stopped func(ctx context.Context) error) error {
	return Poll(ctx, readyWithin, readyEvery, func(ctx context.Context) error {
		err := sys.Ready(ctx, addr)
		if err != nil {
			if why := stopped(ctx); why != nil {
				return Final{Err: why}
			}
		}
		return err
	})
}

// Final is an answer for Poll that will not change.
type Final struct{ Err error }

func (f Final) Error() string { return f.Err.Error() }

// Poll asks again and again until the answer is nil or Final. The error tells the last answer.
func Poll(ctx context.Context, within, every time.Duration, ask func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	pause := time.NewTicker(every)
	defer pause.Stop()
	for {
		once, cancel := context.WithTimeout(ctx, answerWithin)
		err := ask(once)
		cancel()
		if final, ok := errors.AsType[Final](err); ok || err == nil {
			return final.Err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", err, ctx.Err())
		}
	}
}
