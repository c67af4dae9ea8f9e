package raft

// Leader election (§5.2, §5.4.1) with the three protections of the thesis against servers that
// disturb: PreVote, so that a term rises only where an election could succeed (§9.6); a vote
// is refused while a leader is heard (§4.2.3); and only voters campaign (§4.2.1).

import (
	"time"

	"senkei/node/marks"
)

// mayCampaign reports whether this server is a voter. One that is about to be removed stays
// a candidate until the change is committed, because it may be the only one that holds the
// change (thesis §4.2.2).
func (r *Raft) mayCampaign() bool {
	latest := r.log.configs.latest()
	if latest.index > r.log.commit && r.log.configs.at(r.log.commit).configuration.Voter(r.cfg.ID) {
		r.marks.HitIf(!latest.configuration.Voter(r.cfg.ID), marks.RemovedCampaigned)
		return true
	}
	return latest.configuration.Voter(r.cfg.ID)
}

// preCampaign finds out whether an election could be won, without raising the term: a server
// that was cut off must not depose a working leader when it returns (thesis §9.6).
func (r *Raft) preCampaign() {
	r.marks.HitIf(r.role == Candidate, marks.ElectionUndecided)
	r.becomePreCandidate()
	r.requestVotes(Message{Type: PreVote, Term: r.hard.Term + 1}, r.send)
	r.countVotes()
}

// campaign starts an election (§5.2). The candidate's vote for itself must be durable
// before anyone hears of it.
func (r *Raft) campaign(transfer bool) {
	r.becomeCandidate()
	r.requestVotes(Message{Type: Vote, Term: r.hard.Term, Transfer: transfer}, r.sendAfterPersist)
	r.countVotes()
}

// requestVotes sends every other voter a Vote or a PreVote that names this log's last entry.
func (r *Raft) requestVotes(m Message, deliver func(Message)) {
	m.Index, m.LogTerm = r.log.lastIndex(), r.log.lastTerm()
	for _, s := range r.configuration().Servers {
		if s.ID != r.cfg.ID && !s.Learner {
			m.To = s.ID
			deliver(m)
		}
	}
}

// handlePreVote answers without changing anything: any number of servers may be granted a
// pre-vote at the same time. A refusal tells this server's own term, so that a candidate which
// is behind catches up.
func (r *Raft) handlePreVote(m Message) {
	reply := Message{Type: PreVoteReply, To: m.From, Term: r.hard.Term, Refused: true}
	switch {
	case m.Term <= r.hard.Term:
		r.marks.Hit(marks.PreVoteRefusedTerm)
	case r.HeardLeaderRecently():
		r.marks.Hit(marks.PreVoteRefusedLeaderHeard)
	case !r.log.upToDate(m.Index, m.LogTerm):
		r.marks.Hit(marks.PreVoteRefusedLog)
	default:
		reply.Term, reply.Refused = m.Term, false
	}
	// The refusal may be the first that anyone hears of this term, which must be durable then.
	r.sendAfterPersist(reply)
}

// handlePreVoteReply counts an answer. A grant names the term that the candidate would campaign
// in, so one for an earlier pre-campaign counts only if that is still the same.
func (r *Raft) handlePreVoteReply(m Message) {
	if m.Refused && m.Term > r.hard.Term {
		r.becomeFollower(m.Term, None)
		return
	}
	if r.role != PreCandidate || !m.Refused && m.Term != r.hard.Term+1 {
		return
	}
	r.votes.record(m.From, !m.Refused)
	r.countVotes()
}

// handleVote grants at most one vote a term, first come first served, and only to a
// candidate whose log is at least as up-to-date as this one's (§5.2, §5.4.1).
func (r *Raft) handleVote(m Message) {
	granted := false
	switch {
	case m.Term < r.hard.Term:
	case r.hard.Vote != None && r.hard.Vote != m.From:
		r.marks.Hit(marks.VoteRefusedVoted)
	case !r.log.upToDate(m.Index, m.LogTerm):
		r.marks.Hit(marks.VoteRefusedLog)
	default:
		if r.hard.Vote == None {
			r.note("voted", "for", m.From)
		}
		granted = true
		r.hard.Vote = m.From
		r.resetElectionTimer()
	}
	r.sendAfterPersist(Message{Type: VoteReply, To: m.From, Term: r.hard.Term, Refused: !granted})
}

// handleVoteReply counts a vote, granted or refused.
func (r *Raft) handleVoteReply(m Message) {
	// A vote counts only in the election it was given in.
	if r.role != Candidate || m.Term != r.hard.Term {
		r.marks.HitIf(r.role == Candidate, marks.VoteReplyStale)
		return
	}
	r.votes.record(m.From, !m.Refused)
	r.countVotes()
}

// countVotes moves on once a majority of the voters has given the same answer: to the next
// role, or, refused, back to a follower that waits another election timeout. Without a majority
// of either the timeout begins a new campaign (§5.2).
func (r *Raft) countVotes() {
	c := r.configuration()
	granted, refused := r.votes.count(c)
	if r.role == Candidate && r.hardDurable != r.hard && c.Voter(r.cfg.ID) {
		granted-- // its own vote is not durable yet
	}
	switch need := quorum(c.Voters()); {
	case granted >= need && r.role == PreCandidate:
		r.campaign(false)
	case granted >= need:
		r.becomeLeader()
	case refused >= need:
		r.marks.HitIf(r.role == Candidate, marks.CandidateRefused)
		r.becomeFollower(r.hard.Term, None)
	}
}

// HeardLeaderRecently reports whether this server leads, or heard a leader within the shortest
// election timeout: then it helps nobody to depose that leader (thesis §4.2.3, §9.6).
func (r *Raft) HeardLeaderRecently() bool {
	return r.role == Leader || r.leader != None && r.now < r.heardUntil || r.leaseBound()
}

// leaseBound reports whether a leader's lease may rest on this server: a restart forgets the
// leader, not the lease (New), so this holds also where no leader is known.
func (r *Raft) leaseBound() bool { return r.cfg.Lease > 0 && r.clock < r.leaseBoundUntil }

// hearLeader notes that the leader of the current term spoke, by an Append or a Snapshot. A
// candidate of the same term has lost and follows it (§5.2). It returns false for a leader of
// an older term, which the term in the reply deposes.
func (r *Raft) hearLeader(m Message) bool {
	if m.Term < r.hard.Term {
		r.marks.Hit(marks.OldLeaderRefused)
		r.sendAfterPersist(Message{Type: AppendReply, To: m.From, Term: r.hard.Term, Refused: true, Match: m.Index})
		return false
	}
	assert(r.role != Leader, "two leaders in term %d: %s and %s", m.Term, r.cfg.ID, m.From)
	r.becomeFollower(r.hard.Term, m.From)
	r.heardUntil = r.now + r.cfg.ElectionTimeout
	r.leaseBoundUntil = r.clock + r.cfg.ElectionTimeout
	r.resetElectionTimer()
	return true
}

// resetElectionTimer draws the next wait, from one election timeout to just below two (§5.2,
// §9.3).
func (r *Raft) resetElectionTimer() {
	jitter := r.rand.Int64N(int64(r.cfg.ElectionTimeout))
	r.electionAt = r.now + r.cfg.ElectionTimeout + time.Duration(jitter)
}
