package raft

// Log replication (§5.3) and the commit rule (§5.4.2). An Append goes out when there is
// something new and the receiver's window has room, or when a heartbeat is due. It is never
// repeated for its own sake: what was lost shows when the next one is refused.

import "senkei/node/marks"

// replicate sends every peer the entries that it may have now, and an empty Append in
// their place where a heartbeat is due. Heartbeats keep followers from campaigning,
// confirm reads and tell the commit index; a peer that missed entries refuses them, and
// so they are sent again.
func (r *Raft) replicate() {
	for _, id := range r.lead.order {
		p := r.lead.peers[id]
		// What compaction has taken from the log only a snapshot can bring.
		if p.next <= r.log.base && p.state != streaming {
			p.stream()
			r.proceedStreaming(id)
		}
		heartbeat := r.lead.heartbeatDue
		for p.next <= r.log.lastIndex() {
			budget := p.maySend()
			if budget == 0 {
				break
			}
			entries := r.log.slice(p.next, budget)
			r.sendAppend(id, entries)
			// next runs ahead of what is acknowledged, so that a round trip is not waited for
			// (thesis §10.2.2, pipelining). A refusal takes it back.
			p.next += uint64(len(entries))
			p.inflight.add(entries)
			heartbeat = false
		}
		if heartbeat {
			r.sendHeartbeat(id)
		}
	}
	if r.lead.heartbeatDue {
		r.dismissLeaving()
		r.marks.HitIf(r.dropSnapshot(), marks.SnapshotAbandoned)
	}
	r.lead.heartbeatDue = false
	r.proceedTransfer()
}

// sendHeartbeat sends an Append without entries. While a snapshot is on its way nobody
// knows where the logs agree, but before the first entry all do.
func (r *Raft) sendHeartbeat(to ID) {
	if r.lead.peers[to].state != streaming {
		r.sendAppend(to, nil)
		return
	}
	r.send(Message{Type: Append, To: to, Term: r.hard.Term, Round: r.reads.round})
	r.proceedStreaming(to)
}

// sendAppend sends entries from the peer's next on, or none. The entry before them must be in
// the log, or its base.
func (r *Raft) sendAppend(to ID, entries []Entry) {
	prev := r.lead.peers[to].next - 1
	prevTerm, ok := r.log.term(prev)
	assert(ok, "the entry %d before what %s needs is not between %d and %d", prev, to, r.log.base, r.log.lastIndex())
	r.send(Message{
		Type: Append, To: to, Term: r.hard.Term,
		Index: prev, LogTerm: prevTerm, Entries: entries,
		Commit: r.log.commit, Round: r.reads.round,
	})
}

// handleAppend is the receiver of AppendEntries (Figure 2). Its five rules are: hearLeader (1),
// matches (2), merge (3, 4) and the commit at the end (5).
func (r *Raft) handleAppend(m Message) {
	if !r.hearLeader(m) {
		return
	}
	reply := Message{Type: AppendReply, To: m.From, Term: r.hard.Term, Round: m.Round}
	// What lies before the base is committed, and so the leader has the same (§5.4).
	if m.Index >= r.log.base && !r.log.matches(m.Index, m.LogTerm) {
		reply.Refused, reply.Match = true, m.Index
		reply.Index, reply.LogTerm = r.log.conflict(m.Index, m.LogTerm)
		r.sendAfterPersist(reply)
		return
	}
	// From here on both logs agree up to m.Index, and after merge up to last.
	last := m.Index + uint64(len(m.Entries))
	r.marks.HitIf(m.Index < r.log.base && r.log.base < last, marks.AppendOverlapsBase)
	if last >= r.log.base {
		r.log.merge(m.Entries)
	}
	// Only what this message verified may be committed: a longer tail of this log can
	// stem from another leader (Figure 2, AppendEntries 5: "index of last new entry").
	reply.Match = max(last, r.log.base)
	r.marks.HitIf(reply.Match < min(m.Commit, r.log.lastIndex()), marks.CommitLimited)
	r.log.commitTo(min(m.Commit, reply.Match))
	r.sendAfterPersist(reply)
}

// handleAppendReply takes what a peer says of its log. An acknowledgement counts whenever it
// comes: what was durable and agreed then does so for the rest of the term. A refusal may be
// old. Both confirm the leadership for the round that they repeat.
func (r *Raft) handleAppendReply(m Message) {
	p := r.peer(m)
	if p == nil || !m.Refused && m.Match > r.log.lastIndex() || m.Round > r.reads.round {
		return // nobody can acknowledge, or confirm, what was never sent
	}
	p.round = max(p.round, m.Round)
	if m.Refused {
		// The reply names the last entry of the follower's log that may agree with this one; hint
		// is the last entry here that may agree with that.
		hint, _ := r.log.conflict(m.Index, m.LogTerm)
		r.marks.HitIf(hint+1 < m.Index, marks.TermSkipped)
		switch {
		case !p.refused(m.Match, hint):
			r.marks.Hit(marks.RefusalStale)
		case p.next > r.log.base:
			r.sendAppend(m.From, nil)
		}
	} else {
		r.accepted(m.From, p, m.Match)
		r.advanceCommit()
	}
	if r.role == Leader {
		r.confirmReads()
	}
}

// peer returns the progress of the server that this reply of the current term came from, and
// notes that it was heard; nil if the reply does not matter, being of an old term or of a
// server that is no peer any more.
func (r *Raft) peer(m Message) *progress {
	if r.role != Leader || m.Term != r.hard.Term {
		r.marks.HitIf(r.role == Leader, marks.ReplyOfOldTerm)
		return nil
	}
	p := r.lead.peers[m.From]
	if p != nil {
		p.heardAt = r.now
	}
	return p
}

// advanceCommit applies the commit rule: an index is committed once a majority holds it
// durably and its entry is of the current term. Entries of older terms are never
// committed by counting replicas, only through one that follows them: a later leader may still
// replace them, majority or not (§5.4.2, Figure 8). The leader counts with what is durable
// here, so the others can commit an entry before its own disk has it (thesis §10.2.1).
func (r *Raft) advanceCommit() {
	index := r.configuration().agreed(func(id ID) uint64 {
		if id == r.cfg.ID {
			return r.log.stable
		}
		return r.lead.peers[id].match
	})
	switch term, _ := r.log.term(index); {
	case index <= r.log.commit:
	case term != r.hard.Term:
		r.marks.Hit(marks.OldTermNotCounted)
	default:
		r.marks.HitIf(index > r.log.stable, marks.CommittedBeforeOwnDisk)
		r.log.commitTo(index)
	}
}
