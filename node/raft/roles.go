package raft

// Roles change only here.

// becomeFollower enters term, which is at least the current one, under leader or None.
func (r *Raft) becomeFollower(term uint64, leader ID) {
	assert(term >= r.hard.Term, "term fell from %d to %d", r.hard.Term, term)
	if r.role == Leader {
		r.reads.fail(&r.ready)
		r.peers = nil
	}
	if term > r.hard.Term {
		r.hard = HardState{Term: term}
		r.leader = None
	}
	switch {
	case r.role == Leader:
		r.note("stepped down")
		r.leader = None
		r.resetElectionTimer()
	case r.role != Follower:
		r.resetElectionTimer()
	}
	r.role = Follower
	if leader != None && r.leader != leader {
		assert(r.leader == None, "two leaders in term %d: %s and %s", term, r.leader, leader)
		r.leader = leader
		r.note("follows a leader", "leader", leader)
	}
}

func (r *Raft) becomePreCandidate() {
	assert(r.role != Leader, "a leader asked for pre-votes")
	if r.leader != None {
		r.note("lost its leader", "leader", r.leader)
	}
	r.role = PreCandidate
	r.leader = None
	r.votes = tally{granted: map[ID]bool{r.cfg.ID: true}}
	r.resetElectionTimer()
}

func (r *Raft) becomeCandidate() {
	assert(r.role == PreCandidate, "a %s became a candidate", r.role)
	r.role = Candidate
	r.hard = HardState{Term: r.hard.Term + 1, Vote: r.cfg.ID}
	r.votes = tally{granted: map[ID]bool{r.cfg.ID: true}}
	r.resetElectionTimer()
	r.note("campaigns", "last", r.log.lastIndex())
}

// becomeLeader opens the term with a no-op: entries of older terms are committed with
// it, and once it is committed the leader knows what is committed (§5.4.2, §8).
func (r *Raft) becomeLeader() {
	assert(r.role == Candidate, "a %s became a leader", r.role)
	r.role = Leader
	r.leader = r.cfg.ID
	granted, _ := r.votes.count()
	r.note("became leader", "votes", granted)
	r.peers = make(map[ID]*progress, len(r.others))
	for _, id := range r.others {
		r.peers[id] = &progress{next: r.log.lastIndex() + 1, round: r.reads.round, heardAt: r.now}
	}
	r.heartbeatAt = r.now + r.cfg.HeartbeatInterval
	r.quorumCheckAt = r.now + r.cfg.ElectionTimeout
	r.log.appendNew(Entry{Index: r.log.lastIndex() + 1, Term: r.hard.Term, Kind: NoOp})
}

// tickLeader makes heartbeats due, and steps down where no majority was heard for an
// election timeout: its clients should look elsewhere (thesis §6.2, "CheckQuorum").
func (r *Raft) tickLeader() {
	if r.now >= r.quorumCheckAt {
		if r.heard() < quorum(len(r.cfg.Peers)) {
			r.note("lost its majority", "heard", r.heard())
			r.becomeFollower(r.hard.Term, None)
			return
		}
		r.quorumCheckAt = r.now + r.cfg.ElectionTimeout
	}
	if r.now >= r.heartbeatAt {
		r.heartbeatAt = r.now + r.cfg.HeartbeatInterval
		r.heartbeatDue, r.reads.due = true, true
	}
}

// heard counts the servers, this one too, that were heard within an election timeout.
func (r *Raft) heard() int {
	n := 1
	for _, p := range r.peers {
		if p.heardAt+r.cfg.ElectionTimeout > r.now {
			n++
		}
	}
	return n
}
