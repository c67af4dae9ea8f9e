package raft

// ReadIndex (thesis §6.4): a leader answers a read from its own state without writing to
// the log, once a majority has confirmed, after the read arrived, that nobody deposed
// it. Reads that arrive while one round of confirmations is under way share the next.

// ReadReady is a read that may be answered now from the applied state; or, if Lost, one
// whose leader stepped down before it was confirmed.
type ReadReady struct {
	ID   uint64
	Lost bool
}

type pendingRead struct {
	id    uint64
	index uint64 // the state must have applied this
	round uint64 // which round confirms it
}

// readQueue holds a leader's reads, oldest first.
type readQueue struct {
	round     uint64        // the latest round; it never falls
	confirmed uint64        // Invariant: confirmed <= round
	waiting   []uint64      // IDs that no round covers yet
	pending   []pendingRead // covered by a round, not yet confirmed or not yet applied
	// due lets a new round start although the one before is not confirmed: its messages
	// may have been lost.
	due bool
}

// Read asks to be told, through Ready.Reads, when the read with this id may be answered
// from the applied state. It returns false, and does nothing, where this server does not
// lead.
func (r *Raft) Read(id uint64) bool {
	if r.role != Leader {
		return false
	}
	r.reads.waiting = append(r.reads.waiting, id)
	return true
}

// startReadRound puts the waiting reads under a new round. It waits for an entry of the
// own term to be committed: until then a new leader does not know the commit index.
func (r *Raft) startReadRound() {
	q := &r.reads
	term, _ := r.log.term(r.log.commit)
	if len(q.waiting) == 0 || term != r.hard.Term || q.confirmed < q.round && !q.due {
		return
	}
	q.due = false
	q.round++
	for _, id := range q.waiting {
		q.pending = append(q.pending, pendingRead{id: id, index: r.log.commit, round: q.round})
	}
	q.waiting = nil
	r.heartbeatDue = true
	r.confirmReads()
}

// confirmReads notes the latest round that a majority, this server included, confirmed.
func (r *Raft) confirmReads() {
	rounds := []uint64{r.reads.round}
	for _, id := range r.others {
		rounds = append(rounds, r.peers[id].round)
	}
	r.reads.confirmed = agreed(rounds)
}

// release hands out the reads that are confirmed and whose index is applied. Both grow
// along the queue.
func (q *readQueue) release(applied uint64, ready *Ready) {
	n := 0
	for n < len(q.pending) && q.pending[n].round <= q.confirmed && q.pending[n].index <= applied {
		ready.Reads = append(ready.Reads, ReadReady{ID: q.pending[n].id})
		n++
	}
	q.pending = q.pending[n:]
}

// fail gives up every read: this server no longer leads.
func (q *readQueue) fail(ready *Ready) {
	for _, read := range q.pending {
		ready.Reads = append(ready.Reads, ReadReady{ID: read.id, Lost: true})
	}
	for _, id := range q.waiting {
		ready.Reads = append(ready.Reads, ReadReady{ID: id, Lost: true})
	}
	q.pending, q.waiting, q.confirmed = nil, nil, q.round
}
