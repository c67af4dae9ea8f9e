package raft

// For package explore, which follows every future of a small cluster: a second server in the
// same state, and a description by which two states are the same.

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
)

// Clone returns a second server in the same state, for whoever follows more than one of its
// futures. The two share only what nobody changes in place. The clone draws its random waits
// from the beginning of the seed's sequence again. It must follow Ready.
func (r *Raft) Clone() *Raft {
	c, log := *r, *r.log
	c.rand = rand.New(rand.NewPCG(r.cfg.Seed, 0))
	log.entries = slices.Clip(log.entries)
	log.configs.points = slices.Clip(log.configs.points)
	c.log = &log
	c.votes = maps.Clone(r.votes)
	c.staged = cloned(r.staged)
	c.lead.peers = maps.Clone(r.lead.peers)
	for id, p := range c.lead.peers {
		peer := *p
		peer.inflight.sent = slices.Clip(peer.inflight.sent)
		c.lead.peers[id] = &peer
	}
	c.lead.transfer = cloned(r.lead.transfer)
	c.lead.lease.begun = slices.Clip(r.lead.lease.begun)
	c.reads.waiting = slices.Clip(r.reads.waiting)
	c.reads.pending = slices.Clip(r.reads.pending)
	c.reads.leased = slices.Clip(r.reads.leased)
	return &c
}

func cloned[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// AppendState appends a description of the state to b: two servers of one configuration whose
// descriptions are equal answer the same calls in the same way from now on. rename translates
// the names of servers, so that states can be compared that differ only in them.
//
// Of time it holds no more than HeardLeaderRecently: how long a server has waited, for a leader,
// for followers or for its disk, must not decide what a Tick does. Nor does it hold how full the
// windows of flow control are, which matters only to thousands of entries. It must follow
// Ready, on a server that never had a read, a lease, a transfer, a snapshot or another
// configuration.
func (r *Raft) AppendState(b []byte, rename func(ID) ID) []byte {
	assert(r.cfg.Lease == 0 && r.reads.round == 0 && len(r.reads.waiting) == 0 && r.lead.transfer == nil &&
		r.staged == nil && r.log.base == 0 && len(r.log.configs.points) == 1, "a state that has no description")
	number := func(numbers ...uint64) {
		for _, n := range numbers {
			b = binary.AppendUvarint(b, n)
		}
	}
	name := func(id ID) { b = append(append(b, rename(id)...), 0) }
	number(uint64(r.role), r.hard.Term, flag(r.HeardLeaderRecently()))
	name(r.cfg.ID)
	name(r.hard.Vote)
	name(r.leader)
	name(r.hardDurable.Vote)
	number(r.hardDurable.Term, r.log.commit, r.log.applied, r.log.stable, r.log.lastIndex())
	for _, e := range r.log.entries {
		number(e.Index, e.Term, uint64(e.Kind), uint64(len(e.Data)))
		b = append(b, e.Data...)
	}
	byNewName := map[ID]ID{}
	for _, s := range r.configuration().Servers {
		byNewName[rename(s.ID)] = s.ID
	}
	for _, renamed := range slices.Sorted(maps.Keys(byNewName)) {
		id := byNewName[renamed]
		if granted, answered := r.votes[id]; answered && (r.role == PreCandidate || r.role == Candidate) {
			name(id)
			number(flag(granted))
		}
		if p := r.lead.peers[id]; p != nil {
			name(id)
			number(uint64(p.state), p.next, p.match)
		}
	}
	return b
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
