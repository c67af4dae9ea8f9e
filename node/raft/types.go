package raft

// The vocabulary of the core: what the log is made of, what a server must not forget (Figure 2,
// "Persistent state on all servers"), and what a restart finds.

import (
	"fmt"
	"time"
)

// ID names one server for good: a name that was removed is not given to another disk, because
// its votes would count twice. Servers compare IDs as text.
type ID string

// None is no server: no vote, no known leader.
const None ID = ""

// EntryKind says what an entry of the log means.
type EntryKind uint8

const (
	// Command entries are handed to the state machine.
	Command EntryKind = iota
	// NoOp entries open a term; they change nothing (thesis §6.4, step 1).
	NoOp
	// Reconfigure entries hold a configuration, which is in force from the moment that the
	// entry is in the log (thesis §4.1).
	Reconfigure
)

// Entry is one entry of the log. Index and Term together name it: two logs that hold the same
// Index and Term hold the same entries up to there (§5.3, Log Matching).
type Entry struct {
	Index uint64    `cbor:"1,keyasint"` // the first entry has index 1
	Term  uint64    `cbor:"2,keyasint"` // in which a leader appended it, at least 1
	Kind  EntryKind `cbor:"3,keyasint,omitempty"`
	Data  []byte    `cbor:"4,keyasint,omitempty"` // of a Command; nothing here reads it
	// Configuration is set in Reconfigure entries, and only there.
	Configuration *Configuration `cbor:"5,keyasint,omitempty"`
}

// Validate says what is wrong with an entry that came from outside, from a peer or a disk.
func (e Entry) Validate() error {
	switch {
	case e.Index == 0 || e.Term == 0:
		return fmt.Errorf("entry %d of term %d: both begin with 1", e.Index, e.Term)
	case e.Kind > Reconfigure:
		return fmt.Errorf("entry %d: unknown kind %d", e.Index, uint8(e.Kind))
	case (e.Kind == Reconfigure) != (e.Configuration != nil):
		return fmt.Errorf("entry %d: kind %d with, or without, a configuration", e.Index, uint8(e.Kind))
	case e.Configuration != nil:
		return e.Configuration.Validate()
	}
	return nil
}

// sizeBytes is about what the entry takes when encoded, in bytes. Flow control, Propose and
// compaction measure with it.
func (e Entry) sizeBytes() int {
	size := len(e.Data) + entryOverheadBytes
	if e.Configuration != nil {
		size += len(e.Configuration.Servers) * serverBytes
	}
	return size
}

const (
	entryOverheadBytes = 24
	serverBytes        = 64
)

// HardState is what a server must not forget (Figure 2, "Persistent state on all
// servers"). The log is persistent too and kept beside it.
type HardState struct {
	Term uint64 `cbor:"1,keyasint"` // currentTerm: the latest term the server has seen
	Vote ID     `cbor:"2,keyasint"` // votedFor: whom it voted for in Term, or None
}

// Role is what a server currently is.
type Role uint8

const (
	// Follower answers the leader and candidates.
	Follower Role = iota
	// PreCandidate finds out whether an election could succeed, without raising its term
	// (thesis §9.6).
	PreCandidate
	// Candidate requests votes in a new term.
	Candidate
	// Leader replicates the log.
	Leader
)

// String returns the role in lower case.
func (r Role) String() string {
	switch r {
	case Follower:
		return "follower"
	case PreCandidate:
		return "pre-candidate"
	case Candidate:
		return "candidate"
	case Leader:
		return "leader"
	default:
		panic(fmt.Sprintf("raft: role %d", uint8(r)))
	}
}

// Disk is what a restart finds.
type Disk struct {
	Hard    HardState
	Base    SnapshotMeta // where the log begins; without servers, the server waits to be added to a cluster
	Entries []Entry      // from Base.Index+1 on
	Applied uint64       // up to where the state machine has applied the log, at least Base.Index
	Staged  *Staged      // nil where no snapshot was under way
}

// Staged is the part of a snapshot that has been received.
type Staged struct {
	Meta SnapshotMeta
	Next uint64 // number of the chunk expected next; the caller holds those before
}

// PeerStatus is what a leader knows of another server, for people: progress, in short.
type PeerStatus struct {
	ID      ID
	Learner bool
	// State is "probe" while the leader looks for where the logs agree, "replicate" while
	// entries flow, "snapshot" while a snapshot does.
	State           string
	Match           uint64        // up to here the other's log is known to be durable and to agree
	Next            uint64        // the next entry to send
	InflightEntries int           // sent, not yet acknowledged
	InflightBytes   int           // of those, as flow control measures them
	Heard           time.Duration // since its last reply
}

// SnapshotMeta names a snapshot: the state after the entry at Index, and what a server
// needs to go on from there (Figure 13, "lastIncludedIndex, lastIncludedTerm,
// lastConfig").
type SnapshotMeta struct {
	Index         uint64        `cbor:"1,keyasint"`
	Term          uint64        `cbor:"2,keyasint"` // of the entry at Index
	Configuration Configuration `cbor:"3,keyasint"` // the latest at or before Index
	// ConfigurationIndex is where Configuration stands in the log.
	ConfigurationIndex uint64 `cbor:"4,keyasint,omitempty"`
}

// Names reports whether both name the same snapshot: the state after one entry is the same
// everywhere.
func (m SnapshotMeta) Names(other SnapshotMeta) bool {
	return m.Index == other.Index && m.Term == other.Term
}
