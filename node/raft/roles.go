package raft

import "senkei/node/marks"

// The four roles and the edges between them (Figure 4, with PreVote before the candidate).
// Roles change only here; an edge that is not drawn is a panic.
//
//	             timeout              majority             majority
//	Follower ------------> PreCandidate -----> Candidate -----> Leader
//	   ^                        |                  |               |
//	   +------------------------+------------------+---------------+
//	    a leader is heard, refused, a higher term;  no majority heard,
//	                                                disk stalled, removed
//
// TimeoutNow takes a follower through both candidacies at once (transfer.go).

// becomeFollower enters term, which is at least the current one, under leader or None.
func (r *Raft) becomeFollower(term uint64, leader ID) {
	assert(term >= r.hard.Term, "term fell from %d to %d", r.hard.Term, term)
	if r.role == Leader {
		// What was proposed may be committed or not; what was read was not confirmed.
		r.reads.fail(&r.ready)
		r.lead = leadership{}
	}
	if term > r.hard.Term {
		r.hard = HardState{Term: term}
		r.leader = None
	}
	// A follower's timer goes on: only a vote that is granted and a leader that is heard move it
	// (§5.2), else a candidate that cannot win would keep those that can from campaigning.
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

// becomePreCandidate begins a round of pre-votes in the current term; one that was there or a
// campaign that found no majority ends.
func (r *Raft) becomePreCandidate() {
	assert(r.role != Leader, "a leader asked for pre-votes")
	r.loseLeader()
	r.role = PreCandidate
	r.votes = tally{r.cfg.ID: true}
	r.resetElectionTimer()
}

// loseLeader forgets a leader that was not heard for too long.
func (r *Raft) loseLeader() {
	if r.leader != None {
		r.note("lost its leader", "leader", r.leader)
		r.leader = None
	}
}

// becomeCandidate enters a new term with the own vote (§5.2), which counts once it is durable.
func (r *Raft) becomeCandidate() {
	assert(r.role == PreCandidate, "a %s became a candidate", r.role)
	r.role = Candidate
	r.hard = HardState{Term: r.hard.Term + 1, Vote: r.cfg.ID}
	r.votes = tally{r.cfg.ID: true}
	r.resetElectionTimer()
	r.note("campaigns", "last", r.log.lastIndex())
}

// becomeLeader opens the term with a no-op: entries of older terms are committed with
// it, and once it is committed the leader knows what is committed (§5.4.2, §8).
func (r *Raft) becomeLeader() {
	assert(r.role == Candidate, "a %s became a leader", r.role)
	r.role = Leader
	r.leader = r.cfg.ID
	granted, _ := r.votes.count(r.configuration())
	r.note("became leader", "votes", granted)
	r.lead = leadership{
		peers:         map[ID]*progress{},
		heartbeatAt:   r.now + r.cfg.HeartbeatInterval,
		quorumCheckAt: r.now + r.cfg.ElectionTimeout,
	}
	r.followConfiguration()
	for _, p := range r.lead.peers {
		p.state = replicate     // most agree up to the end, and those that do not will say so
		p.round = r.reads.round // what began in an earlier term concerns nobody any more
	}
	r.append(Entry{Kind: NoOp})
}

// tickLeader makes heartbeats due, and steps down where no majority was heard for an
// election timeout: its clients should look elsewhere (thesis §6.2, "CheckQuorum").
func (r *Raft) tickLeader() {
	if r.now >= r.lead.quorumCheckAt {
		if heard := r.heard(); heard < quorum(r.configuration().Voters()) {
			r.note("lost its majority", "heard", heard)
			r.marks.Hit(marks.QuorumLost)
			r.becomeFollower(r.hard.Term, None)
			return
		}
		r.lead.quorumCheckAt = r.now + r.cfg.ElectionTimeout
	}
	if r.diskStalls() {
		r.note("waits for its disk", "since", r.now-r.diskWaitsAt)
		r.marks.Hit(marks.DiskStalled)
		r.becomeFollower(r.hard.Term, None)
		return
	}
	if r.now >= r.lead.heartbeatAt {
		r.lead.heartbeatAt = r.now + r.cfg.HeartbeatInterval
		r.lead.heartbeatDue, r.reads.due = true, true
	}
	r.tickTransfer()
	r.promoteLearners()
	r.leaveIfRemoved()
}

// heard counts the voters that were heard within an election timeout, this server too if it is
// one: a voter without a progress can only be the leader itself.
func (r *Raft) heard() int {
	n := 0
	for _, s := range r.configuration().Servers {
		p := r.lead.peers[s.ID]
		if !s.Learner && (p == nil || r.hears(p)) {
			n++
		}
	}
	return n
}

// hears reports whether another server replied within an election timeout.
func (r *Raft) hears(p *progress) bool { return r.now < p.heardAt+r.cfg.ElectionTimeout }

// diskStallTimeouts is how many election timeouts a leader waits for its own disk. Writes run
// beside everything else, so that heartbeats alone would keep a leader in power that cannot
// answer a single client. Four leave room for a disk that is only slow.
const diskStallTimeouts = 4

// diskStalls reports whether a write has been under way for longer than that.
func (r *Raft) diskStalls() bool {
	return r.log.stable < r.log.handed && r.now > r.diskWaitsAt+diskStallTimeouts*r.cfg.ElectionTimeout
}
