package raft

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// world is a cluster on a network that loses, repeats, delays and reorders messages and
// on disks that lose what was not yet made durable.
type world struct {
	t       *testing.T
	rand    *rand.Rand
	ids     []ID
	servers map[ID]*server
	mail    []Message
	now     time.Duration
	lossy   bool
	pace    int // how fast time goes beside the messages, in ms

	leaders   map[uint64]ID // by term: election safety
	committed []Entry       // the canonical chain
	reads     map[uint64]readOracle
	nextRead  uint64
	served    int
}

type readOracle struct {
	at    ID
	least uint64 // committed anywhere when the read was asked for
}

func newWorld(t *testing.T, seed uint64, n int) *world {
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 7)), servers: map[ID]*server{}, leaders: map[uint64]ID{}, reads: map[uint64]readOracle{}, lossy: true, pace: 10}
	for i := range n {
		w.ids = append(w.ids, ID(fmt.Sprintf("n%d", i+1)))
	}
	for _, id := range w.ids {
		w.servers[id] = &server{}
		w.start(id)
	}
	return w
}

func (w *world) start(id ID) {
	w.servers[id].start(w.t, id, w.ids, w.rand.Uint64(), w.now)
}

// settle collects what a server has ready; its writes stay volatile until flush.
func (w *world) settle(id ID) {
	s := w.servers[id]
	rd := s.raft.Ready()
	w.mail = append(w.mail, rd.Messages...)
	for _, e := range rd.Committed {
		if int(e.Index) <= len(w.committed) {
			require.Equal(w.t, w.committed[e.Index-1], e, "state machine safety at index %d", e.Index)
		} else {
			require.Equal(w.t, uint64(len(w.committed)+1), e.Index)
			w.committed = append(w.committed, e)
		}
		s.applied = e.Index
	}
	for _, read := range rd.Reads {
		if !read.Lost {
			require.GreaterOrEqual(w.t, s.raft.log.applied, w.reads[read.ID].least, "a read missed a committed entry")
			w.served++
		}
	}
	s.put(rd)
	if s.raft.Role() == Leader {
		term := s.raft.Term()
		if other, ok := w.leaders[term]; ok {
			require.Equal(w.t, other, id, "two leaders in term %d", term)
		}
		w.leaders[term] = id
	}
}

func (w *world) flush(id ID) {
	s := w.servers[id]
	if len(s.deferred) == 0 {
		return
	}
	w.mail = append(w.mail, s.flush()...)
	w.settle(id)
}

func (w *world) step() {
	id := w.ids[w.rand.IntN(len(w.ids))]
	s := w.servers[id]
	switch p := w.rand.IntN(100); {
	case p < 45 && len(w.mail) > 0:
		i := w.rand.IntN(len(w.mail))
		m := w.mail[i]
		fate := w.rand.IntN(20)
		if !w.lossy || fate != 0 { // sometimes delivered again later
			w.mail = slices.Delete(w.mail, i, i+1)
		}
		if w.lossy && fate == 1 { // lost
			return
		}
		w.servers[m.To].raft.Step(m)
		w.settle(m.To)
	case p < 70:
		w.flush(id)
	case p < 80:
		if w.lossy || w.rand.IntN(4) == 0 {
			w.now += time.Duration(w.rand.IntN(w.pace)) * time.Millisecond
		}
		s.raft.Tick(w.now)
		w.settle(id)
	case p < 90:
		s.raft.Propose([]byte{byte(w.rand.IntN(256))})
		w.settle(id)
	case p < 98:
		w.nextRead++
		w.reads[w.nextRead] = readOracle{at: id, least: uint64(len(w.committed))}
		s.raft.Read(w.nextRead)
		w.settle(id)
	case p < 99 && w.lossy:
		w.start(id) // crash: what was not durable is gone
	}
}

func TestSafetyUnderRandomDisorder(t *testing.T) {
	commits, elections, reads := 0, 0, 0
	for seed := range uint64(100) {
		w := newWorld(t, seed, 1+2*int(seed%3))
		for range 20_000 {
			w.step()
			if len(w.mail) > 200 {
				w.mail = w.mail[len(w.mail)-100:]
			}
		}
		commits += len(w.committed)
		elections += len(w.leaders)
		reads += w.served
	}
	t.Logf("%d commits, %d elections, %d reads", commits, elections, reads)
	require.Greater(t, commits, 1000)
	require.Greater(t, elections, 150)
	require.Greater(t, reads, 1000)
}

func TestOnceTheNetworkIsWholeALeaderCommitsAndLogsAgree(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t, seed, 3+2*int(seed%2))
		for range 3000 {
			w.step()
		}
		w.lossy, w.pace, w.mail = false, 3, nil
		before := len(w.committed)
		for range 20_000 {
			w.step()
		}
		require.Greater(t, len(w.committed), before, "seed %d: nothing was committed", seed)
		// Quiet down: deliver everything, let heartbeats spread the commit index.
		for range 200 {
			w.now += 5 * time.Millisecond
			for _, id := range w.ids {
				w.servers[id].raft.Tick(w.now)
				w.settle(id)
				for len(w.servers[id].deferred) > 0 {
					w.flush(id)
				}
			}
			for handled := 0; len(w.mail) > 0; handled++ {
				require.Less(t, handled, 10_000, "seed %d: messages never cease, such as %+v", seed, w.mail)
				m := w.mail[0]
				w.mail = w.mail[1:]
				w.servers[m.To].raft.Step(m)
				w.settle(m.To)
				w.flush(m.To)
			}
		}
		first := w.servers[w.ids[0]].raft
		for _, id := range w.ids[1:] {
			require.Equal(t, first.log.entries, w.servers[id].raft.log.entries, "seed %d", seed)
			require.Equal(t, first.Commit(), w.servers[id].raft.Commit(), "seed %d", seed)
		}
	}
}
