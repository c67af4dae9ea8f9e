package server

import (
	"fmt"
	"sync"
	"time"

	"senkei/node/kv"
	"senkei/node/replica"
)

// disk carries out writes in the order in which they were queued, beside the loop: while
// one is under way messages come and go and new writes gather, which then become durable
// together. That is group commit.
type disk struct {
	storage Storage
	metrics *metrics

	// durable delivers the token of the latest Persist that is durable, failed the error
	// that ended the work.
	durable chan uint64
	failed  chan error

	mu     sync.Mutex
	queue  []replica.Effect // Persist, Stage, Compact and Apply
	ready  chan struct{}    // holds a token while the queue is not empty
	closed chan struct{}    // closed when run is to return
	ended  chan struct{}    // closed when it has
}

func newDisk(storage Storage, m *metrics) *disk {
	return &disk{
		storage: storage, metrics: m, durable: make(chan uint64, 1), failed: make(chan error, 1),
		ready: make(chan struct{}, 1), closed: make(chan struct{}), ended: make(chan struct{}),
	}
}

// write queues effects.
func (d *disk) write(effects ...replica.Effect) {
	d.mu.Lock()
	d.queue = append(d.queue, effects...)
	d.mu.Unlock()
	select {
	case d.ready <- struct{}{}:
	default:
	}
}

func (d *disk) take() []replica.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	queue := d.queue
	d.queue = nil
	return queue
}

// run writes until the disk fails or close is called; what is queued then is written first.
func (d *disk) run() {
	defer close(d.ended)
	for closing := false; !closing; {
		select {
		case <-d.ready:
		case <-d.closed:
			closing = true
		}
		if err := d.writeAll(d.take()); err != nil {
			d.failed <- err
			return
		}
	}
}

// closeTimeout bounds the wait for a disk that hangs.
const closeTimeout = 5 * time.Second

// close lets run finish what is queued, and closes the storage. It must be called once, after
// the last write.
func (d *disk) close() error {
	close(d.closed)
	hangs := time.NewTimer(closeTimeout)
	defer hangs.Stop()
	select {
	case <-d.ended:
		return d.storage.Close()
	case <-hangs.C:
		// Nothing was promised of what is still being written, so the process may end.
		return fmt.Errorf("the disk did not finish its last write within %v", closeTimeout)
	}
}

// group is a run of writes that may be done together: first what must be durable, then
// changes of the state, none of which comes before the log that explains it.
type group struct {
	persists []replica.Persist
	changes  []kv.Change
}

// writeAll does all writes, as many together as their meaning allows. Snapshots and
// compactions take effect between what was queued before and after them.
func (d *disk) writeAll(effects []replica.Effect) error {
	var g group
	for _, e := range effects {
		if endsGroup(e) {
			if err := d.writeGroup(&g); err != nil {
				return err
			}
		}
		var err error
		switch e := e.(type) {
		case replica.Persist:
			g.persists = append(g.persists, e)
		case replica.Apply:
			g.changes = append(g.changes, e.Change)
		case replica.Stage:
			err = d.storage.Stage(e)
		case replica.Compact:
			err = d.storage.Compact(e.Meta)
		}
		if err != nil {
			return err
		}
	}
	return d.writeGroup(&g)
}

// endsGroup reports whether what was queued before the effect must be written before it.
func endsGroup(e replica.Effect) bool {
	switch e := e.(type) {
	case replica.Persist:
		return e.Install != nil
	case replica.Apply:
		return false
	default:
		return true
	}
}

func (d *disk) writeGroup(g *group) error {
	defer func() { *g = group{} }()
	if len(g.persists) > 0 {
		if err := d.metrics.timePersist(g.persists, d.storage.Persist); err != nil {
			return err
		}
		d.announce(g.persists[len(g.persists)-1].Token)
	}
	if len(g.changes) > 0 {
		return d.storage.Apply(g.changes)
	}
	return nil
}

// announce leaves the token for the loop, in place of an older one that it has not taken.
func (d *disk) announce(token uint64) {
	select {
	case <-d.durable:
	default:
	}
	d.durable <- token
}
