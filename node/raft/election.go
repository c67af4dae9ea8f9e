package raft

import "time"

// preCampaign asks whether an election could be won, without raising the term: a server
// that was cut off must not depose a working leader when it returns (thesis §9.6).
func (r *Raft) preCampaign() {
	r.becomePreCandidate()
	if quorum(len(r.cfg.Peers)) == 1 {
		r.campaign()
		return
	}
	r.solicit(PreVote, r.hard.Term+1, r.send)
}

// campaign starts an election (§5.2). The candidate's vote for itself must be durable
// before anyone hears of it.
func (r *Raft) campaign() {
	r.becomeCandidate()
	if quorum(len(r.cfg.Peers)) == 1 {
		r.becomeLeader()
		return
	}
	r.solicit(Vote, r.hard.Term, r.promise)
}

// solicit asks every other server for its vote, or pre-vote, in term.
func (r *Raft) solicit(t MessageType, term uint64, deliver func(Message)) {
	for _, id := range r.others {
		deliver(Message{Type: t, To: id, Term: term, Index: r.log.lastIndex(), LogTerm: r.log.lastTerm()})
	}
}

// handlePreVote answers without changing anything: a pre-vote is not a promise. A
// refusal tells this server's own term, so that a candidate which is behind catches up.
func (r *Raft) handlePreVote(m Message) {
	granted := m.Term > r.hard.Term && !r.hearsLeader() && r.log.upToDate(m.Index, m.LogTerm)
	reply := Message{Type: PreVoteReply, To: m.From, Term: m.Term, Refused: !granted}
	if !granted {
		reply.Term = r.hard.Term
	}
	// The refusal may be the first that anyone hears of this term.
	r.promise(reply)
}

func (r *Raft) handlePreVoteReply(m Message) {
	if m.Refused && m.Term > r.hard.Term {
		r.becomeFollower(m.Term, None)
		return
	}
	if r.role != PreCandidate || !m.Refused && m.Term != r.hard.Term+1 {
		return
	}
	r.countVote(m, r.campaign)
}

// handleVote grants at most one vote a term, first come first served, and only to a
// candidate whose log is at least as up-to-date as this one's (§5.2, §5.4.1).
func (r *Raft) handleVote(m Message) {
	granted := m.Term == r.hard.Term &&
		(r.hard.Vote == None || r.hard.Vote == m.From) &&
		r.log.upToDate(m.Index, m.LogTerm)
	if granted {
		if r.hard.Vote == None {
			r.note("voted", "for", m.From)
		}
		r.hard.Vote = m.From
		r.resetElectionTimer()
	}
	r.promise(Message{Type: VoteReply, To: m.From, Term: r.hard.Term, Refused: !granted})
}

func (r *Raft) handleVoteReply(m Message) {
	// A vote counts only in the election it was given in.
	if r.role != Candidate || m.Term != r.hard.Term {
		return
	}
	r.countVote(m, r.becomeLeader)
}

// countVote takes an answer and moves on once a majority has given the same.
func (r *Raft) countVote(m Message, won func()) {
	r.votes.record(m.From, !m.Refused)
	granted, refused := r.votes.count()
	switch quorum(len(r.cfg.Peers)) {
	case granted:
		won()
	case refused:
		r.becomeFollower(r.hard.Term, None)
	}
}

// hearsLeader reports whether a leader of the current term spoke within the shortest
// election timeout, or whether this server is one.
func (r *Raft) hearsLeader() bool {
	return r.role == Leader || r.leader != None && r.now < r.leaderHeardAt+r.cfg.ElectionTimeout
}

// resetElectionTimer draws the next wait (§5.2).
func (r *Raft) resetElectionTimer() {
	jitter := r.rand.Int64N(int64(r.cfg.ElectionTimeout))
	r.electionAt = r.now + r.cfg.ElectionTimeout + time.Duration(jitter)
}
