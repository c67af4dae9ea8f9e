package raft

// Snapshots (Figure 13; thesis §5). A server whose next entry the leader's log does not hold
// any more gets the state instead, chunk by chunk: the next one leaves when the one before
// has been taken, so that a snapshot takes no more memory on its way than one chunk. A
// snapshot is named by its index and term; it goes on where it stood after a lost message, a
// restart of either side, and under another leader, as long as the name is the same.
//
// Where this differs from Figure 13: a chunk has a number and no byte offset, the sender asks
// the state machine for it by that number, and the configuration comes with the name. Rules 1
// to 8 of the receiver are: hearLeader (1), staged (2-5), log.install (6, 7), and the caller's
// Ready.Install (8).

import (
	"senkei/node/limits"
	"senkei/node/marks"
)

// Chunk is one piece of a snapshot for the state machine to put aside.
type Chunk struct {
	Meta   SnapshotMeta // of the snapshot; chunk 0 of another one discards what was put aside
	Number uint64       // from 0, without a gap
	Data   []byte       // as the sender's caller filled it in; nothing here reads it
	Last   bool         // an Install follows in the same Ready
}

// Install says that the snapshot, whose last chunk is among the Chunks of the same Ready,
// takes the place of the state and of the log up to its index.
type Install struct {
	Meta SnapshotMeta
	// KeepLog says that the entries after Meta.Index stay; else the whole log goes.
	KeepLog bool
}

// stream makes a snapshot due: the next entry is no longer in the log.
func (p *progress) stream() {
	p.state, p.inflight, p.snapshot = streaming, window{}, 0
}

// proceedStreaming begins a snapshot that is due, and sends the chunk under way again if it
// seems to be lost. It leaves alone who was not heard lately.
func (r *Raft) proceedStreaming(to ID) {
	p, held := r.lead.peers[to], r.lead.snapshot
	switch {
	case !r.hears(p):
	case held == nil || held.Index < r.log.base || p.snapshot != held.Index:
		r.startStreaming(to)
	case r.now >= p.sentAt+r.cfg.ElectionTimeout:
		r.marks.Hit(marks.ChunkResent)
		r.sendChunk(to)
	}
}

// startStreaming begins to send the state as it is now. Servers that need one at the same
// time share it, as long as the log can take over where it ends.
func (r *Raft) startStreaming(to ID) {
	if r.lead.snapshot == nil || r.lead.snapshot.Index < r.log.base {
		meta := r.log.meta(r.log.applied)
		r.lead.snapshot = &meta
	} else {
		r.marks.Hit(marks.SnapshotShared)
	}
	p := r.lead.peers[to]
	p.snapshot, p.chunk = r.lead.snapshot.Index, 0
	r.note("sends a snapshot", "to", to, "index", p.snapshot)
	r.sendChunk(to)
}

// sendChunk names the chunk that is due; the caller fills it in.
func (r *Raft) sendChunk(to ID) {
	p, meta := r.lead.peers[to], r.lead.snapshot
	p.sentAt = r.now
	r.send(Message{
		Type: Snapshot, To: to, Term: r.hard.Term, Round: r.reads.round,
		Meta: meta, Chunk: p.chunk,
	})
}

// handleSnapshot is the receiver of InstallSnapshot. Each chunk is answered: with the number of
// the chunk that is due, whether this one was taken or not, or, after the last and where the
// snapshot is old, with an AppendReply.
func (r *Raft) handleSnapshot(m Message) {
	if !r.hearLeader(m) {
		return
	}
	if m.Meta.Index <= r.log.commit {
		// It is old: what it holds is committed here already, and must not be taken back.
		r.marks.Hit(marks.SnapshotStale)
		r.sendAfterPersist(Message{Type: AppendReply, To: m.From, Term: r.hard.Term, Match: r.log.commit, Round: m.Round})
		return
	}
	if r.ready.Install != nil {
		return // the one before comes first; this chunk will be sent again
	}
	if known := r.staged != nil && r.staged.Meta.Names(*m.Meta); !known {
		if m.Chunk != 0 {
			r.expectChunk(m, 0)
			return
		}
		r.marks.HitIf(r.staged != nil, marks.SnapshotReplacedStaged)
		r.staged = &Staged{Meta: *m.Meta}
		r.note("receives a snapshot", "index", m.Meta.Index)
	}
	s := r.staged
	if m.Chunk != s.Next {
		r.marks.Hit(marks.ChunkOutOfOrder)
		r.expectChunk(m, s.Next)
		return
	}
	r.ready.Chunks = append(r.ready.Chunks, Chunk{Meta: s.Meta, Number: m.Chunk, Data: m.Data, Last: m.Last})
	s.Next++
	if !m.Last {
		r.expectChunk(m, s.Next)
		return
	}
	r.install(s.Meta)
	r.sendAfterPersist(Message{Type: AppendReply, To: m.From, Term: r.hard.Term, Match: s.Meta.Index, Round: m.Round})
}

// expectChunk answers a chunk with the number of the one that is due.
func (r *Raft) expectChunk(m Message, number uint64) {
	r.sendAfterPersist(Message{Type: SnapshotReply, To: m.From, Term: r.hard.Term, Meta: m.Meta, Chunk: number})
}

// install makes the snapshot that is complete the beginning of the log, and Ready have the
// caller do the same with the state.
func (r *Raft) install(meta SnapshotMeta) {
	r.staged = nil
	keep := r.log.install(meta)
	r.marks.HitIf(keep, marks.SnapshotKeptLog)
	r.marks.HitIf(!keep, marks.SnapshotReplacedLog)
	r.ready.Install = &Install{Meta: meta, KeepLog: keep}
	r.installed++
	r.note("installs a snapshot", "index", meta.Index)
}

// handleSnapshotReply sends the chunk that a receiver says is due. It may be any, also an
// earlier one: after a restart the receiver knows what it has. A reply that asks for the chunk
// under way is one to an earlier sending of it, and changes nothing.
func (r *Raft) handleSnapshotReply(m Message) {
	p := r.peer(m)
	held := r.lead.snapshot
	if p == nil || p.state != streaming || held == nil || held.Index != p.snapshot ||
		m.Meta.Index != p.snapshot || m.Chunk == p.chunk {
		return
	}
	r.marks.HitIf(m.Chunk > p.chunk+1, marks.SnapshotResumed)
	p.chunk = m.Chunk
	r.sendChunk(m.From)
}

// accepted notes that a server holds everything up to match, which can end the sending of a
// snapshot.
func (r *Raft) accepted(id ID, p *progress, match uint64) {
	was := p.state
	p.accepted(match, r.log.base)
	if was != streaming || p.state == streaming {
		return
	}
	if p.match >= p.snapshot {
		r.sent++
	}
	r.note("goes on with the log", "to", id, "after", p.match)
	r.dropSnapshot()
}

// streamIdleTimeouts is for how many election timeouts a snapshot is kept for a server that
// does not answer, so that it goes on where it stood after a restart. Meanwhile the caller
// holds the state as it was, and the log is spared.
const streamIdleTimeouts = 20

// dropSnapshot lets go of the snapshot that is being sent, if nobody is waiting for it, and
// reports whether it did.
func (r *Raft) dropSnapshot() bool {
	if r.lead.snapshot == nil {
		return false
	}
	for _, p := range r.lead.peers {
		if p.state == streaming && p.snapshot == r.lead.snapshot.Index &&
			r.now < p.heardAt+streamIdleTimeouts*r.cfg.ElectionTimeout {
			return false
		}
	}
	r.lead.snapshot = nil
	return true
}

// compact drops the beginning of the log once it is twice as long as it has to be, so that
// it costs little for each entry. It spares what must follow a snapshot that is being sent,
// unless the log would grow too long for that. A log beyond limits.LogBytesMax keeps at most a
// quarter of its applied entries, whatever the margin. Only applied entries go, so nothing
// that is uncommitted ever does, and each server compacts by itself (§7).
func (r *Raft) compact() *SnapshotMeta {
	l, margin := r.log, r.cfg.SnapshotMargin
	held := l.applied - l.base
	if l.sizeBytes > limits.LogBytesMax {
		margin = min(margin, held/4)
	} else if held < 2*margin {
		return nil
	}
	index := l.applied - margin
	if streaming, ok := r.Streaming(); ok && l.sizeBytes <= limits.LogBytesMax && held < sparedMargins*margin {
		r.marks.HitIf(streaming < index, marks.LogSpared)
		index = min(index, streaming)
	}
	if index <= l.base {
		return nil
	}
	meta := l.compact(index)
	return &meta
}

// sparedMargins is how many margins long a log may grow while a snapshot is being sent. Beyond
// that a receiver that is slower than the writers gets another snapshot after this one.
const sparedMargins = 16
