package raft

import (
	"time"

	"senkei/node/marks"
)

// transfer is a leadership on its way to another server (thesis §3.10): the leader takes no
// more proposals, brings the other's log up to date and tells it to campaign at once.
type transfer struct {
	to    ID
	until time.Duration // then it is given up
	told  bool          // TimeoutNow was sent
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

// proceedTransfer tells the other server to campaign once it holds the whole log.
func (r *Raft) proceedTransfer() {
	t := r.lead.transfer
	if t == nil || t.told || r.lead.peers[t.to] == nil || r.lead.peers[t.to].match < r.log.lastIndex() {
		return
	}
	r.marks.Hit(marks.TransferTold)
	t.told = true
	r.tellToCampaign(t.to)
}

// tellToCampaign ends this leader's lease for good: the message can arrive at any time, and
// whoever is asked by its receiver gives it a vote.
func (r *Raft) tellToCampaign(to ID) {
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
