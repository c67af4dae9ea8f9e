package raft

// Leadership transfer (thesis §3.10): the leader takes no more proposals, brings the other
// server's log up to date, and has it campaign at once by a TimeoutNow. That server's Vote
// says that it was asked for, so that nobody refuses it because a leader is heard (thesis
// §4.2.3).

import (
	"time"

	"senkei/node/marks"
)

// transfer is a leadership on its way to another server. It ends with the leadership, or is
// given up.
type transfer struct {
	to    ID            // a voter, and not this server
	until time.Duration // when it is given up, on the raft clock: an election timeout after it began
	// sent says that the log of the other was complete and TimeoutNow was sent, once. A lost
	// one is not repeated.
	sent bool
}

// Transfer begins to hand the leadership to another voter, or to the one whose log reaches
// furthest if to is None, and returns which. It is given up if the other does not lead
// within an election timeout. The error is ErrNotLeader, ErrTransferring or
// ErrNoTransferee; then nothing was done.
func (r *Raft) Transfer(to ID) (ID, error) {
	switch {
	case r.role != Leader:
		return None, ErrNotLeader
	case r.lead.transfer != nil:
		return None, ErrTransferring
	case to == None:
		to = r.successor()
		r.marks.HitIf(to != None, marks.SuccessorChosen)
	}
	if to == r.cfg.ID || !r.configuration().Voter(to) {
		return None, ErrNoTransferee
	}
	r.lead.transfer = &transfer{to: to, until: r.now + r.cfg.ElectionTimeout}
	r.note("transfers its leadership", "to", to)
	r.proceedTransfer()
	return to, nil
}

// successor returns the other voter that was heard lately and whose log reaches furthest,
// or None.
func (r *Raft) successor() ID {
	best := None
	for _, id := range r.lead.order {
		p := r.lead.peers[id]
		if !r.configuration().Voter(id) || !r.hears(p) {
			continue
		}
		if best == None || p.match > r.lead.peers[best].match {
			best = id
		}
	}
	return best
}

// proceedTransfer sends TimeoutNow once the other server holds the whole log, without which it
// could not win.
func (r *Raft) proceedTransfer() {
	t := r.lead.transfer
	if t == nil || t.sent || r.lead.peers[t.to] == nil || r.lead.peers[t.to].match < r.log.lastIndex() {
		return
	}
	r.marks.Hit(marks.TimeoutNowSent)
	t.sent = true
	r.sendTimeoutNow(t.to)
}

// sendTimeoutNow has another server campaign at once. It ends this leader's lease for good:
// the message can arrive at any time, and its receiver gets votes although a leader is heard.
func (r *Raft) sendTimeoutNow(to ID) {
	r.lead.lease.forfeited = true
	r.send(Message{Type: TimeoutNow, To: to, Term: r.hard.Term})
}

// tickTransfer gives up a transfer that takes too long.
func (r *Raft) tickTransfer() {
	if t := r.lead.transfer; t != nil && (r.now >= t.until || !r.configuration().Voter(t.to)) {
		r.note("keeps its leadership", "instead of", t.to)
		r.marks.Hit(marks.TransferGivenUp)
		r.lead.transfer = nil
	}
}

// Transferring returns to whom the leadership is being handed, or None.
func (r *Raft) Transferring() ID {
	if r.role != Leader || r.lead.transfer == nil {
		return None
	}
	return r.lead.transfer.to
}

// handleTimeoutNow campaigns without asking for pre-votes: the leader itself wants it.
func (r *Raft) handleTimeoutNow(m Message) {
	if m.Term != r.hard.Term || r.role == Leader || !r.mayCampaign() {
		return
	}
	r.becomePreCandidate()
	r.campaign(true)
}
