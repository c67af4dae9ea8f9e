package raft

// ReadIndex (thesis §6.4): a leader answers a read from its own state without writing to
// the log, once a majority has confirmed, after the read arrived, that nobody deposed
// it. Reads that arrive while one round of confirmations is under way share the next. The
// steps of the thesis, and where they are:
//
//	1. an entry of the own term is committed   knowsCommit, in startReadRound
//	2. readIndex = commitIndex                 pendingRead.index
//	3. a majority confirms the leadership      Message.Round and its echo, confirmReads
//	4. the state has applied readIndex         release
//
// A lease read leaves out step 3 while a majority is bound not to elect anybody else (thesis
// §6.4.1), which holds only as far as clocks do.

import (
	"time"

	"senkei/node/marks"
)

// ReadReady is a read that may be answered now, from any state that has applied Index, as
// this server's has; or, if Lost, one whose leader stepped down before it was confirmed.
type ReadReady struct {
	ID    uint64 // as Read was given it
	Index uint64 // the read index; 0 if Lost
	Lost  bool
}

// pendingRead is a read whose index is fixed.
type pendingRead struct {
	id    uint64
	index uint64 // the state must have applied this
	round uint64 // which round confirms it; 0 for a lease read, which needs none
}

// readQueue holds a leader's reads, oldest first. A read moves from waiting to pending, or
// begins in leased, and leaves with a ReadReady; all leave at once, Lost, when the leader steps
// down.
type readQueue struct {
	// round is the latest round. It never falls in a life, not even over terms, so that an
	// echo of an earlier term's round confirms nothing of a later one.
	round uint64
	// confirmed is the latest round that a majority has confirmed. It is set to round when a
	// leadership ends. Invariant: confirmed <= round.
	confirmed uint64
	waiting   []uint64      // IDs that no round covers yet
	pending   []pendingRead // covered by a round, not yet confirmed or not yet applied; by ascending round and index
	leased    []pendingRead // covered by the lease, not yet applied; by ascending index
	// due lets a new round start although the one before is not confirmed: its messages
	// may have been lost. It comes with each heartbeat that the clock makes due.
	due bool
}

// Read begins a read: Ready.Reads says when the one with this id may be answered from the
// applied state. A lease read needs no round while the lease is held. Read returns
// false, and does nothing, where this server does not lead.
//
// The caller chooses the id; it must be the only read under way that has it.
func (r *Raft) Read(id uint64, lease bool) bool {
	if r.role != Leader {
		return false
	}
	if lease && r.leased() {
		r.marks.Hit(marks.LeaseServed)
		r.reads.leased = append(r.reads.leased, pendingRead{id: id, index: r.log.commit})
		return true
	}
	if lease && r.cfg.Lease > 0 {
		r.marks.HitIf(r.lead.lease.forfeited, marks.LeaseForfeited)
		r.marks.HitIf(!r.lead.lease.forfeited, marks.LeaseNotHeld)
	}
	r.reads.waiting = append(r.reads.waiting, id)
	return true
}

// startReadRound puts the waiting reads under a new round. It waits for an entry of the
// own term to be committed: until then a new leader does not know the commit index (§8, thesis
// §6.4 step 1). Without reads, a round with each heartbeat renews the lease.
func (r *Raft) startReadRound() {
	q := &r.reads
	renew := r.cfg.Lease > 0 && r.lead.heartbeatDue
	switch {
	case len(q.waiting) == 0 && !renew:
		return
	case !r.knowsCommit():
		r.marks.HitIf(len(q.waiting) > 0, marks.ReadAwaitsTerm)
		return
	case q.confirmed < q.round && !q.due:
		r.marks.HitIf(len(q.waiting) > 0, marks.ReadAwaitsRound)
		return
	}
	q.due = false
	q.round++
	for _, id := range q.waiting {
		q.pending = append(q.pending, pendingRead{id: id, index: r.log.commit, round: q.round})
	}
	q.waiting = nil
	r.lead.heartbeatDue = true
	r.lead.lease.begin(q.round, r.clock)
	r.confirmReads()
}

// knowsCommit reports whether a leader has committed an entry of its own term.
func (r *Raft) knowsCommit() bool {
	term, _ := r.log.term(r.log.commit)
	return term == r.hard.Term
}

// confirmReads notes the latest round that a majority of the voters confirmed.
func (r *Raft) confirmReads() {
	r.reads.confirmed = r.configuration().agreed(func(id ID) uint64 {
		if id == r.cfg.ID {
			return r.reads.round
		}
		return r.lead.peers[id].round
	})
	r.lead.lease.confirm(r.reads.confirmed, r.cfg.Lease)
}

// release hands out the reads that are confirmed and whose index is applied. Both grow
// along the queues. It reports whether a confirmed one has to wait for its index.
func (q *readQueue) release(applied uint64, ready *Ready) (held bool) {
	hand := func(reads []pendingRead, confirmed uint64) []pendingRead {
		n := 0
		for n < len(reads) && reads[n].round <= confirmed && reads[n].index <= applied {
			ready.Reads = append(ready.Reads, ReadReady{ID: reads[n].id, Index: reads[n].index})
			n++
		}
		held = held || n < len(reads) && reads[n].round <= confirmed
		return reads[n:]
	}
	q.leased = hand(q.leased, 0)
	q.pending = hand(q.pending, q.confirmed)
	return held
}

// fail gives up every read: this server no longer leads.
func (q *readQueue) fail(ready *Ready) {
	for _, read := range append(q.leased, q.pending...) {
		ready.Reads = append(ready.Reads, ReadReady{ID: read.id, Lost: true})
	}
	for _, id := range q.waiting {
		ready.Reads = append(ready.Reads, ReadReady{ID: id, Lost: true})
	}
	q.leased, q.pending, q.waiting, q.confirmed = nil, nil, nil, q.round
}

// lease is a leader's right to answer reads without asking anybody (thesis §6.4.1). Servers
// that confirmed a round have heard the leader since it began, and vote for nobody else
// within an election timeout of that. It counts from when the round began, never from when
// it was confirmed, and on the real clock, so that a pause costs the lease.
type lease struct {
	begun []roundStart // of the rounds not yet confirmed, by ascending round
	// until is when the lease runs out, on the leader's real clock; 0 until a round is
	// confirmed. It never falls.
	until time.Duration
	// forfeited means that TimeoutNow was sent to somebody, whose candidacy the servers help
	// although they hear this leader. It holds until the leadership ends.
	forfeited bool
}

// roundStart is when a round began, on the real clock.
type roundStart struct {
	round uint64
	at    time.Duration
}

// begin notes that a round begins.
func (l *lease) begin(round uint64, at time.Duration) {
	l.begun = append(l.begun, roundStart{round, at})
}

// confirm extends the lease to length after the latest confirmed round began.
func (l *lease) confirm(round uint64, length time.Duration) {
	for len(l.begun) > 0 && l.begun[0].round <= round {
		l.until = max(l.until, l.begun[0].at+length)
		l.begun = l.begun[1:]
	}
}

// leased reports whether this leader holds its lease now.
func (r *Raft) leased() bool {
	l := &r.lead.lease
	return r.cfg.Lease > 0 && !l.forfeited && r.clock < l.until && r.knowsCommit()
}
