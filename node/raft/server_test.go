package raft

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/marks"
)

// server is one Raft with its disk. What it writes is volatile until flush, so that a
// test decides what a crash leaves. Its state machine is the list of what was applied.
type server struct {
	raft     *Raft   // nil while the server is down
	state    []Entry // of the state machine; state[i].Index == i+1
	incoming []Entry // the part of a snapshot that has come
	deferred []Ready // written, not yet durable

	disk disk
}

// disk is what survives a crash.
type disk struct {
	hard   HardState
	base   SnapshotMeta
	log    []Entry // after base
	state  []Entry
	staged *Staged
	chunks []Entry
}

const (
	electionTimeout   = 100 * time.Millisecond
	heartbeatInterval = 20 * time.Millisecond
	leaseLength       = 80 * time.Millisecond
)

// boot describes one life.
type boot struct {
	id     ID
	seed   uint64
	now    time.Duration
	margin uint64
	lease  bool
	marks  *marks.Counts
}

// start begins a life with what the disk holds.
func (s *server) start(t testing.TB, b boot) {
	cfg := Config{
		ID: b.id, Seed: b.seed, SnapshotMargin: max(b.margin, 1),
		ElectionTimeout: electionTimeout, HeartbeatInterval: heartbeatInterval, Marks: b.marks,
	}
	if b.margin == 0 {
		cfg.SnapshotMargin = 1_000_000
	}
	if b.lease {
		cfg.Lease = leaseLength
	}
	d := Disk{
		Hard: s.disk.hard, Base: s.disk.base, Entries: s.disk.log,
		Applied: uint64(len(s.disk.state)), Staged: s.disk.staged,
	}
	if d.Staged != nil {
		staged := *d.Staged
		d.Staged = &staged
	}
	r, err := New(cfg, d, b.now)
	require.NoError(t, err)
	s.raft, s.deferred = r, nil
	s.state, s.incoming = slices.Clone(s.disk.state), slices.Clone(s.disk.chunks)
}

// found begins a cluster: its first configuration stands before the log.
func (s *server) found(servers ...Server) {
	s.disk = disk{base: SnapshotMeta{Configuration: NewConfiguration(servers...)}}
}

// chunkEntries is how many entries a chunk of a snapshot has.
const chunkEntries = 2

// fill puts the state into the messages that carry a piece of it.
func (s *server) fill(messages []Message) {
	for i := range messages {
		if m := &messages[i]; m.Type == Snapshot {
			from := min(m.Chunk*chunkEntries, m.Meta.Index)
			to := min(from+chunkEntries, m.Meta.Index)
			m.Data, _ = json.Marshal(s.state[from:to])
			m.Last = to == m.Meta.Index
		}
	}
}

// take gives a Ready to the state machine, and keeps what waits for the disk.
func (s *server) take(t testing.TB, rd Ready) {
	s.fill(rd.Messages)
	for _, c := range rd.Chunks {
		s.incoming = appendChunk(t, s.incoming, c)
	}
	if rd.Install != nil {
		s.state, s.incoming = s.incoming, nil
		require.Len(t, s.state, int(rd.Install.Meta.Index), "a snapshot with a gap")
	}
	s.state = append(s.state, rd.Committed...)
	wait := rd.Hard != nil || rd.Install != nil || rd.Compact != nil ||
		len(rd.Entries)+len(rd.AfterPersist)+len(rd.Chunks)+len(rd.Committed) > 0
	if wait {
		s.deferred = append(s.deferred, rd)
	}
}

func appendChunk(t testing.TB, to []Entry, c Chunk) []Entry {
	var entries []Entry
	require.NoError(t, json.Unmarshal(c.Data, &entries))
	if c.Number == 0 {
		to = nil
	}
	require.Len(t, to, int(c.Number)*chunkEntries, "a chunk out of order")
	return append(to, entries...)
}

// flush makes the oldest write durable and returns the messages that waited for it.
func (s *server) flush(t testing.TB) []Message {
	rd := s.deferred[0]
	s.deferred = s.deferred[1:]
	d := &s.disk
	for _, c := range rd.Chunks {
		d.chunks = appendChunk(t, d.chunks, c)
		d.staged = &Staged{Meta: c.Meta, Next: c.Number + 1}
	}
	if rd.Hard != nil {
		d.hard = *rd.Hard
	}
	if in := rd.Install; in != nil {
		d.state, d.chunks, d.staged = d.chunks, nil, nil
		if in.KeepLog {
			d.log = d.log[in.Meta.Index-d.base.Index:]
		} else {
			d.log = nil
		}
		d.base = in.Meta
	}
	var index, term uint64
	if n := len(rd.Entries); n > 0 {
		d.log = append(slices.Clip(d.log[:rd.Entries[0].Index-d.base.Index-1]), rd.Entries...)
		index, term = rd.Entries[n-1].Index, rd.Entries[n-1].Term
	}
	d.state = append(d.state, rd.Committed...)
	if rd.Compact != nil {
		d.log = d.log[rd.Compact.Index-d.base.Index:]
		d.base = *rd.Compact
	}
	s.raft.Persisted(index, term, rd.Hard)
	return rd.AfterPersist
}
