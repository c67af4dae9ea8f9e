package raft

// replicate sends every peer the entries that it may have now, and an empty Append in
// their place where a heartbeat is due. Heartbeats keep followers from campaigning,
// confirm reads and tell the commit index; a peer that missed entries refuses them, and
// so they are sent again.
func (r *Raft) replicate() {
	for _, id := range r.others {
		p := r.peers[id]
		heartbeat := r.heartbeatDue
		for p.next <= r.log.lastIndex() && p.maySend(inflightEntriesMax) {
			entries := r.log.slice(p.next, appendBytesMax)
			r.sendAppend(id, entries)
			p.next += uint64(len(entries))
			heartbeat = false
		}
		if heartbeat {
			r.sendAppend(id, nil)
		}
	}
	r.heartbeatDue = false
}

func (r *Raft) sendAppend(to ID, entries []Entry) {
	prev := r.peers[to].next - 1
	prevTerm, ok := r.log.term(prev)
	assert(ok, "next index %d of %s lies beyond the log's end %d", prev+1, to, r.log.lastIndex())
	r.send(Message{
		Type: Append, To: to, Term: r.hard.Term,
		Index: prev, LogTerm: prevTerm, Entries: entries,
		Commit: r.log.commit, Round: r.reads.round,
	})
}

// handleAppend is the receiver of AppendEntries (Figure 2).
func (r *Raft) handleAppend(m Message) {
	reply := Message{Type: AppendReply, To: m.From, Term: r.hard.Term, Round: m.Round}
	if m.Term < r.hard.Term {
		// The term in the reply deposes the sender.
		reply.Refused, reply.Match, reply.Round = true, m.Index, 0
		r.promise(reply)
		return
	}
	assert(r.role != Leader, "two leaders in term %d: %s and %s", m.Term, r.cfg.ID, m.From)
	r.becomeFollower(m.Term, m.From)
	r.leaderHeardAt = r.now
	r.resetElectionTimer()

	if !r.log.matches(m.Index, m.LogTerm) {
		reply.Refused, reply.Match = true, m.Index
		reply.Index, reply.LogTerm = r.log.conflict(m.Index, m.LogTerm)
		r.promise(reply)
		return
	}
	r.log.merge(m.Entries)
	// Only what this message verified may be committed: a longer tail of this log can
	// stem from another leader (Figure 2, AppendEntries 5: "index of last new entry").
	reply.Match = m.Index + uint64(len(m.Entries))
	r.log.commitTo(min(m.Commit, reply.Match))
	r.promise(reply)
}

func (r *Raft) handleAppendReply(m Message) {
	if r.role != Leader || m.Term != r.hard.Term {
		return
	}
	p := r.peers[m.From]
	p.heardAt = r.now
	p.round = max(p.round, m.Round)
	if m.Refused {
		hint, _ := r.log.conflict(m.Index, m.LogTerm)
		wasProbing, next := p.probing, p.next
		p.refused(m.Match, hint)
		if p.probing && (!wasProbing || p.next != next) {
			r.sendAppend(m.From, nil)
		}
	} else {
		p.accepted(m.Match)
		r.advanceCommit()
	}
	r.confirmReads()
}

// advanceCommit applies the commit rule: an index is committed once a majority holds it
// durably and its entry is of the current term. Entries of older terms are never
// committed by counting replicas, only through one that follows them (§5.4.2, Figure 8).
func (r *Raft) advanceCommit() {
	match := []uint64{r.log.stable}
	for _, id := range r.others {
		match = append(match, r.peers[id].match)
	}
	index := agreed(match)
	if term, _ := r.log.term(index); index > r.log.commit && term == r.hard.Term {
		r.log.commitTo(index)
	}
}
