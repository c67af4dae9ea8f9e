package raft

import "time"

// progress is what a leader knows of one other server (Figure 2, "Volatile state on
// leaders").
type progress struct {
	next  uint64 // nextIndex: the next entry to send
	match uint64 // matchIndex: known to be durable there. Invariant: match < next

	// probing is set from a refused Append until one is accepted: then only empty
	// Appends are sent, to find where the logs agree. Otherwise entries are sent as they
	// come, without waiting for replies.
	probing bool

	round   uint64        // the highest read round it confirmed
	heardAt time.Duration // when it last replied in this term
}

// accepted notes that the peer holds everything up to match.
func (p *progress) accepted(match uint64) {
	p.match = max(p.match, match)
	p.next = max(p.next, p.match+1)
	p.probing = false
}

// refused moves next back, unless the refusal is older than what is known since. index
// is that of the refused Append, hint the last place where the logs may agree.
func (p *progress) refused(index, hint uint64) {
	if index <= p.match || p.probing && index != p.next-1 {
		return
	}
	p.next = max(hint, p.match) + 1
	p.probing = true
}

// maySend reports whether more entries may be on their way to the peer.
func (p *progress) maySend(inflightMax uint64) bool {
	return !p.probing && p.next <= p.match+inflightMax
}
