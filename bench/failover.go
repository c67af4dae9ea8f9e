package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"text/tabwriter"
	"time"

	"senkei/harness/cluster"
)

const (
	killsMax        = 1000
	failoverClients = 8
	// loadBefore is how long a cluster is under load before its leader dies.
	loadBefore = 500 * time.Millisecond
	// failoverWithin bounds the wait for the next write.
	failoverWithin = 30 * time.Second
	// arrivalInterval is how often a new client comes after the kill, and begins to write.
	// The earlier ones may all wait for what a follower sent to the dead leader: with etcd up
	// to 7 s, long after the cluster takes new writes again.
	arrivalInterval = 20 * time.Millisecond
	writersMax      = 512
)

// outage is the result of a failover run for one system.
type outage struct {
	System       string    `json:"system"`
	Milliseconds []float64 `json:"ms"` // one for each kill
	Spread       spread    `json:"ms_spread"`
}

// outages is the result of a failover run.
type outages struct {
	Machine machine  `json:"machine"`
	Systems []outage `json:"systems"`
}

// killing kills one leader after the other, of the systems in turn, and restarts it. It
// tells progress how far it is.
func killing(kills int, progress io.Writer) measurement {
	return func(ctx context.Context, clusters []*deployment) (printer, error) {
		all := &outages{Machine: machineOf(clusters), Systems: make([]outage, len(clusters))}
		for k := range kills {
			for i, c := range clusters {
				took, err := c.loseLeader(ctx)
				if err != nil {
					return nil, fmt.Errorf("kill %d of %s: %w", k+1, c.Name(), err)
				}
				fmt.Fprintf(progress, "kill %d of %s: %.0f ms\n", k+1, c.Name(), milliseconds(took))
				o := &all.Systems[i]
				o.System = c.Name()
				o.Milliseconds = append(o.Milliseconds, milliseconds(took))
				o.Spread = spreadOf(o.Milliseconds)
			}
		}
		return all, nil
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// loseLeader kills the leader under load, and returns the time from the signal to the
// first acknowledgement of a write that began after it. Then it restarts the node and
// waits until the cluster is healthy.
func (c *deployment) loseLeader(ctx context.Context) (time.Duration, error) {
	leader, err := c.leader(ctx)
	if err != nil {
		return 0, err
	}
	took, err := c.killUnderLoad(ctx, c.nodes[leader])
	if err != nil {
		return 0, err
	}
	if err := c.launch(leader); err != nil {
		return 0, err
	}
	return took, c.awaitHealthy(ctx)
}

// acknowledged is a write that was acknowledged.
type acknowledged struct{ began, ended time.Time }

func (c *deployment) killUnderLoad(ctx context.Context, leader *process) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, loadBefore+failoverWithin)
	w := writers{deployment: c, writes: make(chan acknowledged, failoverClients)}
	defer w.running.Wait()
	defer cancel()
	for range failoverClients {
		w.add(ctx)
	}
	if err := w.await(ctx, loadBefore); err != nil {
		return 0, err
	}
	killed := time.Now()
	leader.kill()

	arrivals := time.NewTicker(arrivalInterval)
	defer arrivals.Stop()
	for {
		select {
		case one := <-w.writes:
			if one.began.After(killed) {
				return one.ended.Sub(killed), nil
			}
		case <-arrivals.C:
			if w.count < writersMax {
				w.add(ctx)
			}
		case <-ctx.Done():
			return 0, fmt.Errorf("no write was acknowledged within %v: %w", failoverWithin, ctx.Err())
		}
	}
}

// writers are clients that write until their context ends.
type writers struct {
	*deployment
	writes  chan acknowledged
	count   int
	running sync.WaitGroup
}

// add starts one more, at the next node in turn.
func (w *writers) add(ctx context.Context) {
	client := w.roam(w.addrs(w.count))
	seed := uint64(w.count)
	w.count++
	w.running.Go(func() {
		defer client.Close()
		keepWriting(ctx, client, seed, w.writes)
	})
}

// await lets the writers write for a time, in which at least one write must succeed.
func (w *writers) await(ctx context.Context, length time.Duration) error {
	succeeded, due := false, time.NewTimer(length)
	defer due.Stop()
	for {
		select {
		case <-w.writes:
			succeeded = true
		case <-due.C:
			if !succeeded {
				return errors.New("no write was acknowledged before the kill")
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// keepWriting writes one after the other until ctx ends, and tells of those that were
// acknowledged.
func keepWriting(ctx context.Context, c cluster.Client, seed uint64, writes chan<- acknowledged) {
	rng := rand.New(rand.NewPCG(seed, 2))
	value := text(rng)
	for ctx.Err() == nil {
		began := time.Now()
		err := write(ctx, c, key(rng.IntN(keysMax)), value)
		done := acknowledged{began: began, ended: time.Now()}
		if err != nil {
			time.Sleep(afterError)
			continue
		}
		select {
		case writes <- done:
		case <-ctx.Done():
		}
	}
}

func (o *outages) print(w io.Writer) {
	var names []string
	for _, s := range o.Systems {
		names = append(names, s.System)
	}
	o.Machine.print(w, names...)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "leader killed: ms to the next write\tmin\tmedian\tmax\tall\t")
	for _, s := range o.Systems {
		fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%.0f\t%.0f\t\n", s.System, s.Spread.Min, s.Spread.Median, s.Spread.Max, s.Milliseconds)
	}
	_ = table.Flush() // a terminal that is gone reads no error either
}
