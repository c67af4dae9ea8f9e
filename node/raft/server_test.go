package raft

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server is one Raft with its disk. What it writes is volatile until flush, so that a
// test decides what a crash leaves.
type server struct {
	raft     *Raft     // nil while the server is down
	hard     HardState // durable
	log      []Entry   // durable
	applied  uint64    // durable state machine
	deferred []Ready   // written, not yet durable
}

// start begins a life with what the disk holds.
func (s *server) start(t testing.TB, id ID, peers []ID, seed uint64, now time.Duration) {
	r, err := New(Config{
		ID: id, Peers: peers, Seed: seed,
		ElectionTimeout: electionTimeout, HeartbeatInterval: heartbeatInterval,
	}, s.hard, s.log, s.applied, now)
	require.NoError(t, err)
	s.raft, s.deferred = r, nil
}

const (
	electionTimeout   = 100 * time.Millisecond
	heartbeatInterval = 20 * time.Millisecond
)

// put takes the part of a Ready that waits for the disk.
func (s *server) put(rd Ready) {
	if rd.Hard != nil || len(rd.Entries)+len(rd.AfterPersist) > 0 {
		s.deferred = append(s.deferred, rd)
	}
}

// flush makes the oldest write durable and returns the messages that waited for it.
func (s *server) flush() []Message {
	rd := s.deferred[0]
	s.deferred = s.deferred[1:]
	if rd.Hard != nil {
		s.hard = *rd.Hard
	}
	var index, term uint64
	if n := len(rd.Entries); n > 0 {
		s.log = append(s.log[:rd.Entries[0].Index-1], rd.Entries...)
		index, term = rd.Entries[n-1].Index, rd.Entries[n-1].Term
	}
	s.raft.Persisted(index, term)
	return rd.AfterPersist
}
