package server

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"senkei/node/api"
	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/replica"
	"senkei/node/storage/memory"
)

// gatedDisk is a disk whose writes wait for the gate, and fail once broken.
type gatedDisk struct {
	*memory.Store
	gate        chan struct{} // closed while writes pass
	broken      atomic.Bool
	brokenApply atomic.Bool
	failed      chan error
	writes      atomic.Int64
	begun       atomic.Int64
}

func newGatedDisk() *gatedDisk {
	d := &gatedDisk{Store: memory.New(), gate: make(chan struct{}, 1), failed: make(chan error, 1)}
	d.gate <- struct{}{}
	return d
}

var errDisk = errors.New("no space left on the test's disk")

func (d *gatedDisk) Persist(batch []replica.Persist) error {
	d.begun.Add(1)
	<-d.gate
	defer func() { d.gate <- struct{}{} }()
	d.writes.Add(1)
	if d.broken.Load() {
		return errDisk
	}
	return d.Store.Persist(batch)
}

func (d *gatedDisk) Apply(changes []kv.Change) error {
	if d.brokenApply.Load() {
		return errDisk
	}
	return d.Store.Apply(changes)
}

func (d *gatedDisk) Failed() <-chan error { return d.failed }

// shut stops writes and returns what lets them pass again.
func (d *gatedDisk) shut() (open func()) {
	<-d.gate
	return func() { d.gate <- struct{}{} }
}

func TestNothingIsAcknowledgedBeforeItIsDurableAndWhatWaitsSharesOneWrite(t *testing.T) {
	disk := newGatedDisk()
	c := startCluster(t, disk)
	n := c.leader()
	_, err := n.client(t, api.Options{Retries: 20}).Put(t.Context(), "x", "0")
	require.NoError(t, err)

	const clients = 50
	open := disk.shut()
	before := disk.writes.Load()
	var acknowledged atomic.Int64
	var all errgroup.Group
	put := func() error {
		reply := n.server.Do(context.Background(), replica.Request{Command: kv.Command{Op: kv.Put, Key: "x", Value: "1"}})
		acknowledged.Add(1)
		if reply.Err != nil {
			return errors.New(string(reply.Err.Code))
		}
		return nil
	}
	begun := disk.begun.Load()
	all.Go(put)
	require.Eventually(t, func() bool { return disk.begun.Load() > begun }, waitMax, time.Millisecond)
	for range clients - 1 {
		all.Go(put)
	}
	require.Eventually(t, func() bool {
		s, _ := n.server.Status()
		return s.Open == clients
	}, waitMax, time.Millisecond)
	require.Zero(t, acknowledged.Load())
	open()
	require.NoError(t, all.Wait())
	require.LessOrEqual(t, disk.writes.Load()-before, int64(2), "the first put, and all that came while it was written")
}

func TestADiskFailureStopsTheNodeAndAcknowledgesNothing(t *testing.T) {
	for _, c := range []struct {
		says  string
		fails func(*gatedDisk)
	}{
		{"a write fails", func(d *gatedDisk) { d.broken.Store(true) }},
		{"an apply fails", func(d *gatedDisk) { d.brokenApply.Store(true) }},
		{"a background write fails", func(d *gatedDisk) { d.failed <- errDisk }},
	} {
		t.Run(c.says, func(t *testing.T) {
			disk := newGatedDisk()
			n := startCluster(t, disk).leader()
			client := n.client(t, api.Options{Retries: 20})
			_, err := client.Put(t.Context(), "x", "0")
			require.NoError(t, err)

			c.fails(disk)
			_, err = n.client(t, api.Options{}).Put(t.Context(), "x", "1")
			if disk.broken.Load() {
				require.Error(t, err)
				require.False(t, api.Definite(err))
			}
			<-n.server.ended
			err = n.stop()
			require.ErrorIs(t, err, errDisk)
			require.ErrorContains(t, err, "disk failed: ")
			require.ErrorContains(t, err, "stopping so as not to serve from a state that may be lost")
		})
	}
}

func TestADiskThatCannotBeReadStopsTheStart(t *testing.T) {
	disk := memory.New()
	_, err := New(Config{
		Storage: unreadable{disk}, Peers: listen(t, "127.0.0.1:0"), Clients: listen(t, "127.0.0.1:0"),
		Replica: replica.Config{ID: "n1", RequestTimeout: time.Second},
	})
	require.ErrorIs(t, err, errDisk)
}

type unreadable struct{ *memory.Store }

func (unreadable) Load() (replica.Disk, error) { return replica.Disk{}, errDisk }

func TestAFullQueueRefusesRequestsAndDropsFrames(t *testing.T) {
	s := &Server{requests: make(chan request), ended: make(chan struct{})}
	reply := s.do(t.Context(), replica.Request{})
	require.Equal(t, &replica.Error{Code: replica.Overloaded, Definite: true}, reply.Err)

	s.requests = make(chan request, 1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	reply = s.do(ended, replica.Request{})
	require.Equal(t, &replica.Error{Code: replica.Timeout}, reply.Err, "it is queued, so nobody knows what becomes of it")

	f := frames{queue: make(chan replica.Received, 2)}
	f.deliver("n2", make([]byte, limits.ReceivedBytesMax))
	f.deliver("n2", []byte("too much"))
	require.Equal(t, int64(1), f.dropped.Load())
	f.taken(<-f.queue)
	f.deliver("n2", []byte("a"))
	f.deliver("n2", []byte("b"))
	f.deliver("n2", []byte("too many"))
	require.Equal(t, int64(2), f.dropped.Load())
	require.Equal(t, int64(2), f.bytes.Load())
}
