package raft

// What a leader knows of one other server (Figure 2, "Volatile state on leaders"), and how
// much it may send to it. In the paper nextIndex goes back by one for each refusal and a
// leader sends without bound; here a refusal carries a hint that skips a whole term (§5.3),
// and a window bounds what is on its way. The three states are those of etcd's
// tracker.Progress; the third, where etcd stops sending entries until a snapshot is reported
// done, sends the snapshot itself, chunk by chunk (snapshot.go).
//
//	           refused                next <= base
//	replicate ---------> probe     any -----------> streaming
//	    ^                  |                            |
//	    +------------------+----------------------------+
//	     accepted; from streaming only once match >= base

import (
	"time"

	"senkei/node/limits"
)

// progressState is how a leader feeds another server.
type progressState uint8

const (
	// probe: the leader looks for the last place where the logs agree. Only empty Appends are
	// sent, one with each heartbeat and one at once for each refusal that moved next back, so
	// that entries that would be refused anyway are not sent again and again. A server that
	// joins begins here.
	probe progressState = iota
	// replicate: the logs are believed to agree up to next-1. Entries are sent as they come,
	// without waiting for replies, as far as the window allows. A new leader begins here with
	// everybody that it knows: most logs agree up to the end, and those that do not refuse.
	replicate
	// streaming: the log no longer holds the entry next, so a snapshot is sent. Heartbeats go
	// on as Appends at index 0, which match every log. Refusals mean nothing here.
	streaming
)

// String returns the state as PeerStatus has it.
func (s progressState) String() string { return [...]string{"probe", "replicate", "snapshot"}[s] }

// progress is what a leader knows of one other server in its current term. It is forgotten
// when the leader steps down.
type progress struct {
	state progressState

	// match is matchIndex: the other's log is known to be durable and to agree with the
	// leader's up to here. It begins with 0 and never falls within a term: a follower does not
	// drop what it has acknowledged to the leader of its term. It counts for commitment in
	// every state. Invariant: match < next.
	match uint64
	// next is nextIndex. In probe the Append sent names the entry next-1, and only a refusal
	// of exactly that one moves next back. In replicate it is the first entry that was not
	// sent yet, so it runs ahead of match by what is in flight. In streaming it stands still,
	// at or before the leader's base, until the follower reports something beyond.
	next uint64

	// inflight is what was sent in replicate and not acknowledged yet. It is empty in probe
	// and streaming, where no entries are sent. Entries that were lost leave it with the
	// refusal of a later Append, which leads to probe.
	inflight window

	// What of a snapshot is under way. It means nothing unless the state is streaming.
	snapshot uint64        // the index of the snapshot; 0 while it is due, but not begun
	chunk    uint64        // the number of the chunk under way, which is sent until the next is asked for
	sentAt   time.Duration // when it was sent last, on the clock of Tick

	// round is the highest read round that it confirmed (read.go). It never falls, and is
	// meaningful in every state: any reply of this term says that it still follows.
	round uint64
	// heardAt is when it last replied in this term, on the clock of Tick; when it joined, if
	// it never did. CheckQuorum counts who was heard within an election timeout.
	heardAt time.Duration

	// A learner catches up in rounds, each of which takes it to where the log ended when the
	// round began (thesis §4.2.1). The round is over once match >= catchUpTo; if that took no
	// longer than an election timeout the learner is promoted. Voters do not use these.
	catchUpTo    uint64
	catchUpSince time.Duration

	// leaving is the index of the configuration that left it out, 0 while it is a member. A
	// server that is leaving still gets the log, so that it learns of its removal, but counts
	// for nothing; it is dismissed with the first heartbeat after that index is committed.
	leaving uint64
}

// accepted notes that the peer holds everything up to match, which may be an old reply's and
// then changes no index; base is where the leader's log begins. It leads from probe to
// replicate: where the logs agree is found. It leaves streaming only if the log can go on from
// there: what the snapshot did not bring must still be in the log.
func (p *progress) accepted(match, base uint64) {
	p.match = max(p.match, match)
	p.next = max(p.next, p.match+1)
	p.inflight.acknowledge(p.match)
	if p.state == streaming && p.match < base {
		return
	}
	p.state = replicate
}

// refused moves next back to just after hint, the last place where the logs may agree, never
// to match or before, and reports whether anything changed. index is that of the refused
// Append. A refusal is older than what is known since, and is ignored, if what it refuses was
// accepted meanwhile (index <= match), if a probe of another place is under way, or if a
// snapshot is. It leads from replicate to probe, where nothing counts as in flight: all that
// was sent after the refused entry is refused as well.
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

// maySend returns how many bytes of entries may be sent now, at most limits.AppendBytesMax; 0
// is none at all. The last Append that fits may overshoot the window by what one entry is too
// large: a slice of the log holds at least one entry.
func (p *progress) maySend() int {
	if p.state != replicate || p.inflight.entries >= limits.InflightEntriesMax {
		return 0
	}
	return max(0, min(limits.AppendBytesMax, limits.InflightBytesMax-p.inflight.bytes))
}

// window is what is on its way to one server, so that a slow one is not buried. It is
// measured in entries and bytes, where etcd counts messages: an Append holds between one small
// entry and limits.AppendBytesMax.
type window struct {
	sent    []batch // in the order sent, so by ascending last
	entries int     // Invariant: entries and bytes are the sums over sent
	bytes   int     // as Entry.sizeBytes measures them
}

// batch is the entries of one Append, which is acknowledged as a whole.
type batch struct {
	last    uint64 // the index of the last entry
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

// acknowledge takes out the batches that end at or before index. One reply can acknowledge
// many: a follower replies to each Append, but replies may be lost.
func (w *window) acknowledge(index uint64) {
	n := 0
	for n < len(w.sent) && w.sent[n].last <= index {
		w.entries -= w.sent[n].entries
		w.bytes -= w.sent[n].bytes
		n++
	}
	w.sent = w.sent[n:]
}
