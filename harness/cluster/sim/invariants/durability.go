package invariants

import (
	"senkei/node/raft"
	"senkei/node/replica"
)

// What a server said stays said, over all its lives: the two rules about stable storage.

// I6, monotone term, one vote: the term in the messages that a server sends never falls, and it votes for
// at most one server in a term, itself included; over all its lives (paper §5.1, §5.2 and
// Figure 2, RequestVote).
//
// A pre-vote and the answer that grants one speak of a term that nobody has entered yet, and
// commit the sender to nothing (thesis §9.6).
var monotoneTermOneVote = rule{"I6", "monotone term, one vote"}

// I8, durable before sent: when a message leaves, the sender's disk holds durably what it says,
// and finds it after a crash (paper Figure 2, "updated on stable storage before responding to
// RPCs"; thesis §3.8). It says a term; a vote, the candidate's own too; for what a leader
// sends, the vote for itself; in an AppendReply, the log up to Match, which must moreover stay
// as it is as long as the server is in that term.
//
// Whether an AppendReply of a term that the server has left since tells the truth is not
// judged: the log may have changed, and the leader of a later term does not hear it.
var durableBeforeSent = rule{"I8", "durable before sent"}

// statements are what a server has said in its messages.
type statements struct {
	term     uint64 // the highest
	votedIn  uint64 // the latest term that it voted in
	vote     raft.ID
	durable  uint64 // the highest term that its disk was seen to hold
	acked    uint64 // the highest Match of ackedIn
	ackedIn  uint64 // the latest term that it acknowledged entries in
	ackedEnd uint64 // the term of entry acked, 0 where it is not known
}

// sent judges a message; now is the sender's term after the step.
func (l *Ledger) sent(sv *server, m *raft.Message, now uint64) {
	if m.Type == raft.PreVote || m.Type == raft.PreVoteReply && !m.Refused {
		return
	}
	if m.Term < sv.said.term {
		l.fail(monotoneTermOneVote, sv, "it sends a %s of term %d after a message of term %d", m.Type, m.Term, sv.said.term)
		return
	}
	sv.said.term = m.Term
	switch m.Type {
	case raft.Append, raft.Snapshot, raft.TimeoutNow:
		if m.Term != sv.led {
			l.leads(sv, m.Term, sv.log.last(), sv.log.lastTerm())
		}
		l.votes(sv, m, sv.id)
	case raft.Vote:
		l.votes(sv, m, sv.id)
	case raft.VoteReply:
		if !m.Refused {
			l.votes(sv, m, m.To)
		}
	case raft.AppendReply:
		if !m.Refused && m.Term == now {
			l.acknowledges(sv, m)
		}
	}
	if m.Term <= sv.said.durable {
		return
	}
	if hard := sv.disk.DurableHard(); hard.Term < m.Term {
		l.fail(durableBeforeSent, sv, "it sends a %s of term %d while its disk holds term %d", m.Type, m.Term, hard.Term)
	}
	sv.said.durable = m.Term
}

// votes judges the vote that a message gives or rests on.
func (l *Ledger) votes(sv *server, m *raft.Message, vote raft.ID) {
	p := &sv.said
	if p.votedIn == m.Term {
		if p.vote != vote {
			l.fail(monotoneTermOneVote, sv, "it sends a %s that stands for its vote for %s in term %d, after it voted for %s", m.Type, vote, m.Term, p.vote)
		}
		return
	}
	p.votedIn, p.vote = m.Term, vote
	hard := sv.disk.DurableHard()
	if hard.Term < m.Term || hard.Term == m.Term && hard.Vote != vote {
		l.fail(durableBeforeSent, sv, "it sends a %s that stands for its vote for %s in term %d while its disk holds term %d and a vote for %q",
			m.Type, vote, m.Term, hard.Term, hard.Vote)
	}
}

// acknowledges judges an AppendReply.
func (l *Ledger) acknowledges(sv *server, m *raft.Message) {
	p, match := &sv.said, m.Match
	if match == 0 || m.Term == p.ackedIn && match <= p.acked {
		return
	}
	if match > sv.log.last() {
		l.fail(durableBeforeSent, sv, "it acknowledges entry %d with a log that ends at entry %d", match, sv.log.last())
		return
	}
	want, held := sv.log.term(match)
	term, durable := sv.disk.DurableTerm(match)
	if !durable && match < sv.disk.DurableBase() {
		// Compaction, or a snapshot, has overtaken the message: the entry is in the state.
		term, durable = sv.disk.DurableTerm(sv.disk.DurableBase())
		held = false
	}
	switch {
	case !durable:
		l.fail(durableBeforeSent, sv, "it acknowledges entry %d in term %d while its disk does not hold it", match, m.Term)
	case held && term != want:
		l.fail(durableBeforeSent, sv, "it acknowledges entry %d of term %d while its disk holds one of term %d", match, want, term)
	}
	p.ackedIn, p.acked, p.ackedEnd = m.Term, match, term
}

// judgeWithdrawal reports an acknowledged entry that a server dropped in the same term.
func (l *Ledger) judgeWithdrawal(sv *server, term uint64) {
	if p := &sv.said; sv.cut <= p.acked && p.ackedIn == term {
		l.fail(durableBeforeSent, sv, "it drops its entry %d, although it acknowledged the entries up to %d in the same term %d", sv.cut, p.acked, term)
	}
}

// judgeRecovered compares what a disk holds after a crash with what was said before.
func (l *Ledger) judgeRecovered(sv *server, found *replica.Disk) {
	p, hard := &sv.said, found.Hard
	last := found.Base.Index + uint64(len(found.Entries))
	switch {
	case hard.Term < p.term:
		l.fail(durableBeforeSent, sv, "its disk holds term %d after it sent messages of term %d", hard.Term, p.term)
	case hard.Term == p.votedIn && hard.Vote != p.vote:
		l.fail(durableBeforeSent, sv, "its disk holds a vote for %q in term %d, in which it voted for %s", hard.Vote, hard.Term, p.vote)
	case hard.Term != p.ackedIn || p.acked <= found.Base.Index:
	case p.acked > last:
		l.fail(durableBeforeSent, sv, "its log ends at entry %d after it acknowledged the entries up to %d in the same term %d", last, p.acked, hard.Term)
	case found.Entries[p.acked-found.Base.Index-1].Term != p.ackedEnd:
		l.fail(durableBeforeSent, sv, "its disk does not hold the entry %d of term %d that it acknowledged in the same term %d", p.acked, p.ackedEnd, hard.Term)
	}
}
