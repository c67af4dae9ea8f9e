package raft

import (
	"time"

	"senkei/node/limits"
)

// progressState is how a leader feeds another server.
type progressState uint8

const (
	// probe: only empty Appends are sent, to find where the logs agree.
	probe progressState = iota
	// replicate: entries are sent as they come, without waiting for replies.
	replicate
	// streaming: the log no longer reaches back far enough, so a snapshot is sent.
	streaming
)

// String returns the state as PeerStatus has it.
func (s progressState) String() string { return [...]string{"probe", "replicate", "snapshot"}[s] }

// progress is what a leader knows of one other server (Figure 2, "Volatile state on
// leaders").
type progress struct {
	state progressState
	next  uint64 // nextIndex: the next entry to send
	match uint64 // matchIndex: known to be durable there. Invariant: match < next

	inflight window // entries sent and not yet acknowledged

	snapshot uint64        // while streaming: the index of the snapshot
	chunk    uint64        // the chunk under way
	sentAt   time.Duration // when it was sent

	round   uint64        // the highest read round it confirmed
	heardAt time.Duration // when it last replied in this term

	// A learner catches up in rounds, each of which takes it to where the log ended when
	// the round began (thesis §4.2.1).
	catchUpTo    uint64
	catchUpSince time.Duration

	leaving uint64 // the index of the configuration that left it out; 0 while it is a member
}

// accepted notes that the peer holds everything up to match; base is where the leader's
// log begins.
func (p *progress) accepted(match, base uint64) {
	p.match = max(p.match, match)
	p.next = max(p.next, p.match+1)
	p.inflight.acknowledge(p.match)
	if p.state == streaming && p.match < base {
		return
	}
	p.state = replicate
}

// refused moves next back, and reports whether it did: not if the refusal is older than what
// is known since. index is that of the refused Append, hint the last place where the logs may
// agree.
func (p *progress) refused(index, hint uint64) bool {
	if p.state == streaming || index <= p.match || p.state == probe && index != p.next-1 {
		return false
	}
	was := *p
	p.next = max(hint, p.match) + 1
	p.state = probe
	p.inflight = window{}
	return was.state != probe || p.next != was.next
}

// maySend returns how many bytes of entries may be sent now; 0 is none at all.
func (p *progress) maySend() int {
	if p.state != replicate || p.inflight.entries >= limits.InflightEntriesMax {
		return 0
	}
	return max(0, min(limits.AppendBytesMax, limits.InflightBytesMax-p.inflight.bytes))
}

// window is what is on its way to one server, so that a slow one is not buried.
type window struct {
	sent    []batch // in the order sent
	entries int     // Invariant: entries and bytes are the sums over sent
	bytes   int
}

// batch is the entries of one Append.
type batch struct {
	last    uint64
	entries int
	bytes   int
}

func (w *window) add(entries []Entry) {
	b := batch{last: entries[len(entries)-1].Index, entries: len(entries)}
	for _, e := range entries {
		b.bytes += e.sizeBytes()
	}
	w.sent = append(w.sent, b)
	w.entries += b.entries
	w.bytes += b.bytes
}

// acknowledge takes out the batches that end at or before index.
func (w *window) acknowledge(index uint64) {
	n := 0
	for n < len(w.sent) && w.sent[n].last <= index {
		w.entries -= w.sent[n].entries
		w.bytes -= w.sent[n].bytes
		n++
	}
	w.sent = w.sent[n:]
}
