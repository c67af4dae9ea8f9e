package raft

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/marks"
)

// world is a cluster on a network that loses, repeats, delays and reorders messages and
// on disks that lose what was not yet made durable. Its members change.
type world struct {
	t       *testing.T
	rand    *rand.Rand
	ids     []ID // members and servers that may become members
	servers map[ID]*server
	mail    []Message
	now     time.Duration
	lossy   bool
	pace    int // how fast time goes beside the messages, in ms
	margin  uint64
	lease   bool

	leaders   map[uint64]ID     // by term: election safety
	committed []Entry           // the canonical chain
	reads     map[uint64]uint64 // by ID: how much was committed anywhere when the read was asked for
	nextRead  uint64
	counts    counts
	marks     marks.Counts
}

// counts say whether a test met what it is about.
type counts struct{ commits, elections, reads, leased, installs, changes, transfers int }

func newWorld(t *testing.T, seed uint64, members, others int) *world {
	w := &world{
		t: t, rand: rand.New(rand.NewPCG(seed, 7)), servers: map[ID]*server{}, leaders: map[uint64]ID{},
		reads: map[uint64]uint64{}, lossy: true, pace: 10,
	}
	w.margin, w.lease = []uint64{0, 1, 5, 20}[w.rand.IntN(4)], w.rand.IntN(2) == 0
	var servers []Server
	for i := range members + others {
		id := ID(fmt.Sprintf("n%d", i+1))
		w.ids = append(w.ids, id)
		w.servers[id] = &server{}
		if i < members {
			servers = append(servers, Server{ID: id})
		}
	}
	for i, id := range w.ids {
		if i < members {
			w.servers[id].found(servers...)
		}
		w.start(id)
	}
	return w
}

func (w *world) start(id ID) {
	w.servers[id].start(w.t, boot{id: id, seed: w.rand.Uint64(), now: w.now, margin: w.margin, lease: w.lease, marks: &w.marks})
}

// settle collects what a server has ready; its writes stay volatile until flush.
func (w *world) settle(id ID) {
	s := w.servers[id]
	rd := s.raft.Ready()
	s.take(w.t, rd)
	w.mail = append(w.mail, rd.Messages...)
	if rd.Install != nil {
		w.counts.installs++
		require.LessOrEqual(w.t, len(s.state), len(w.committed)+len(rd.Committed))
	}
	for i, e := range s.state[w.checked(s, rd):] {
		index := w.checked(s, rd) + i
		require.Equal(w.t, uint64(index+1), e.Index)
		if index < len(w.committed) {
			require.Equal(w.t, w.committed[index], e, "state machine safety at index %d", e.Index)
			continue
		}
		w.committed = append(w.committed, e)
		if e.Kind == Reconfigure {
			w.counts.changes++
		}
	}
	for _, read := range rd.Reads {
		if !read.Lost {
			require.GreaterOrEqual(w.t, uint64(len(s.state)), read.Index, "a read before its index was applied")
			require.GreaterOrEqual(w.t, read.Index, w.reads[read.ID], "a read missed a committed entry")
			w.counts.reads++
		}
	}
	w.checkLeader(id)
}

// checked is how much of a server's state was compared with the chain before.
func (w *world) checked(s *server, rd Ready) int {
	if rd.Install != nil {
		return 0
	}
	return len(s.state) - len(rd.Committed)
}

func (w *world) checkLeader(id ID) {
	r := w.servers[id].raft
	if r.Role() != Leader {
		return
	}
	term := r.Term()
	other, known := w.leaders[term]
	require.True(w.t, !known || other == id, "two leaders in term %d: %s and %s", term, other, id)
	if !known {
		w.leaders[term] = id
		// §5.4, Leader Completeness.
		for i := len(w.committed); i > 0 && uint64(i) > r.log.base; i-- {
			require.True(w.t, r.log.matches(uint64(i), w.committed[i-1].Term), "%s leads term %d without entry %d", id, term, i)
		}
	}
}

func (w *world) flush(id ID) {
	s := w.servers[id]
	if len(s.deferred) == 0 {
		return
	}
	w.mail = append(w.mail, s.flush(w.t)...)
	w.settle(id)
}

func (w *world) step() {
	id := w.ids[w.rand.IntN(len(w.ids))]
	s := w.servers[id]
	s.raft.Clock(w.now)
	switch p := w.rand.IntN(1000); {
	case p < 450 && len(w.mail) > 0:
		w.deliver()
	case p < 700:
		w.flush(id)
	case p < 800:
		if w.lossy || w.rand.IntN(4) == 0 {
			w.now += time.Duration(w.rand.IntN(w.pace)) * time.Millisecond
		}
		s.raft.Tick(w.now)
		w.settle(id)
	case p < 900:
		_, _, _ = s.raft.Propose([]byte{byte(w.rand.IntN(256))})
		w.settle(id)
	case p < 970:
		w.nextRead++
		w.reads[w.nextRead] = uint64(len(w.committed))
		lease := w.rand.IntN(2) == 0
		if lease && s.raft.HoldsLease() {
			w.counts.leased++
		}
		s.raft.Read(w.nextRead, lease)
		w.settle(id)
	case p < 978:
		w.change(s.raft)
		w.settle(id)
	case p < 980:
		if _, err := s.raft.Transfer(None); err == nil {
			w.counts.transfers++
		}
		w.settle(id)
	case p < 990 && w.lossy:
		w.start(id) // crash: what was not durable is gone
	}
}

func (w *world) deliver() {
	i := w.rand.IntN(len(w.mail))
	m := w.mail[i]
	fate := w.rand.IntN(20)
	if !w.lossy || fate != 0 { // sometimes delivered again later
		w.mail = slices.Delete(w.mail, i, i+1)
	}
	if w.lossy && fate == 1 { // lost
		return
	}
	w.servers[m.To].raft.Clock(w.now)
	w.servers[m.To].raft.Step(m)
	w.settle(m.To)
}

// change asks for some change of the configuration, which only a leader grants.
func (w *world) change(r *Raft) {
	other := Server{ID: w.ids[w.rand.IntN(len(w.ids))]}
	kind := AddServer
	if c, _ := r.Configuration(); c.Voters() > 2 && w.rand.IntN(2) == 0 {
		kind = RemoveServer
	}
	_, _, _ = r.Reconfigure(Change{Kind: kind, Server: other})
}

func TestSafetyUnderRandomDisorder(t *testing.T) {
	var total counts
	var hit marks.Counts
	for seed := range uint64(200) {
		w := newWorld(t, seed, 1+2*int(seed%3), int(seed/3%3))
		for range 20_000 {
			w.step()
			if len(w.mail) > 200 {
				w.mail = w.mail[len(w.mail)-100:]
			}
		}
		total.commits += len(w.committed)
		total.elections += len(w.leaders)
		total.add(w.counts)
		hit.Add(&w.marks)
	}
	t.Logf("%+v", total)
	require.Greater(t, total.commits, 2000)
	require.Greater(t, total.elections, 300)
	require.Greater(t, total.reads, 2000)
	require.Greater(t, total.leased, 200)
	require.Greater(t, total.installs, 50)
	require.Greater(t, total.changes, 200)
	require.Greater(t, total.transfers, 50)
	requireAllButScripted(t, &hit)
}

// leader returns who leads the latest term.
func (w *world) leader(t *testing.T) ID {
	leader, term := None, uint64(0)
	for _, id := range w.ids {
		if r := w.servers[id].raft; r.Role() == Leader && r.Term() > term {
			leader, term = id, r.Term()
		}
	}
	require.NotEqual(t, None, leader, "nobody leads")
	return leader
}

func (c *counts) add(o counts) {
	c.reads += o.reads
	c.leased += o.leased
	c.installs += o.installs
	c.changes += o.changes
	c.transfers += o.transfers
}

func TestOnceTheNetworkIsWholeALeaderCommitsAndLogsAgree(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t, seed, 3+2*int(seed%2), 0)
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
		members, _ := w.servers[w.leader(t)].raft.Configuration()
		for _, m := range members.Servers {
			s := w.servers[m.ID]
			require.Equal(t, uint64(len(w.committed)), s.raft.Commit(), "seed %d: %s", seed, m.ID)
			require.Equal(t, s.raft.LastIndex(), s.raft.Commit(), "seed %d: %s", seed, m.ID)
			require.Equal(t, w.committed, s.state, "seed %d: %s", seed, m.ID)
		}
	}
}
