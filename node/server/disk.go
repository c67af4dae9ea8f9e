package server

import (
	"fmt"
	"sync"
	"time"

	"senkei/node/replica"
	"senkei/node/storage"
)

// disk carries out writes in the order in which they were queued, beside the loop: while
// one is under way messages come and go and new writes gather, which then become durable
// together. That is group commit.
type disk struct {
	storage storage.Store
	writer  storage.Writer // storage, measured

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

func newDisk(s storage.Store, m *metrics) *disk {
	return &disk{
		storage: s, writer: measured{Store: s, metrics: m}, durable: make(chan uint64, 1), failed: make(chan error, 1),
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
		if err := storage.WriteAll(d.writer, d.take(), d.announce); err != nil {
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
		// Nothing was acknowledged of what is still being written, so the process may end.
		return fmt.Errorf("the disk did not finish its last write within %v", closeTimeout)
	}
}

// announce leaves the token for the loop, in place of an older one that it has not taken.
func (d *disk) announce(token uint64) {
	select {
	case <-d.durable:
	default:
	}
	d.durable <- token
}
