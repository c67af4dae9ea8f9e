package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

const (
	keysMax    = 10_000
	valueBytes = 128
	// operationsMax bounds what one client does in one round.
	operationsMax = 1 << 20
	// drainWithin bounds how long the operations under way at the end of a round may take.
	drainWithin = 10 * time.Second
	// afterError is how long a client waits after an error, lest it spins.
	afterError = 5 * time.Millisecond
)

// operation is what the clients of a load do.
type operation string

const (
	put operation = "put"
	get operation = "get"
)

// load is a closed loop: each client sends the next operation once the one before is
// answered.
type load struct {
	operation operation
	warmUp    time.Duration // not counted
	length    time.Duration // counted
}

// tally is what one client saw.
type tally struct {
	latencies []time.Duration // of the operations that succeeded
	errors    int
	example   error // one of them
}

// run puts the clients under load and returns what they saw: the operations that ended
// within the counted time. Keys and values are the same in every round.
func (l load) run(ctx context.Context, all clients) tally {
	from := time.Now().Add(l.warmUp)
	to := from.Add(l.length)
	tallies := make([]tally, len(all))
	var running sync.WaitGroup
	for i, c := range all {
		running.Go(func() {
			ctx, cancel := context.WithDeadline(ctx, to.Add(drainWithin))
			defer cancel()
			tallies[i] = l.loop(ctx, c, rand.New(rand.NewPCG(uint64(i), 0)), from, to)
		})
	}
	running.Wait()
	var sum tally
	for _, t := range tallies {
		sum.latencies = append(sum.latencies, t.latencies...)
		sum.errors += t.errors
		if t.example != nil {
			sum.example = t.example
		}
	}
	return sum
}

func (l load) loop(ctx context.Context, c cluster.Client, rng *rand.Rand, from, to time.Time) (t tally) {
	value := text(rng)
	for range operationsMax {
		began := time.Now()
		if !began.Before(to) || ctx.Err() != nil {
			return t
		}
		err := l.operation.do(ctx, c, key(rng.IntN(keysMax)), value)
		ended := time.Now()
		if counted := !ended.Before(from) && ended.Before(to); counted && err == nil {
			t.latencies = append(t.latencies, ended.Sub(began))
		} else if counted {
			t.errors++
			t.example = err
		}
		if err != nil {
			time.Sleep(afterError)
		}
	}
	return t
}

func (o operation) do(ctx context.Context, c cluster.Client, key, value string) error {
	if o == put {
		return write(ctx, c, key, value)
	}
	// A linearizable read of a key that exists.
	got, err := c.Invoke(ctx, history.Input{F: history.Read, Key: key})
	if n := len(got.Value); err == nil && n != valueBytes {
		err = fmt.Errorf("the value of %s has %d bytes instead of %d", key, n, valueBytes)
	}
	return err
}

func key(i int) string { return fmt.Sprintf("key-%05d", i) }

// text is a value without structure, of printable characters.
func text(rng *rand.Rand) string {
	var b strings.Builder
	for range valueBytes {
		b.WriteByte(byte('0' + rng.IntN(64)))
	}
	return b.String()
}

// fill writes every key once.
func fill(ctx context.Context, all clients) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	errs := make(chan error, len(all))
	for i, c := range all {
		go func() { // ends before fill does, which takes what it sends
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			for k := i; k < keysMax; k += len(all) {
				if err := write(ctx, c, key(k), text(rng)); err != nil {
					errs <- fmt.Errorf("fill %s: %w", key(k), err)
					return
				}
			}
			errs <- nil
		}()
	}
	var first error
	for range all {
		if err := <-errs; err != nil && first == nil {
			first = err
			cancel()
		}
	}
	return first
}
