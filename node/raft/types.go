package raft

import "fmt"

// ID names one server. Servers compare IDs as text.
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
)

// Entry is one entry of the log.
type Entry struct {
	Index uint64    `cbor:"1,keyasint"` // the first entry has index 1
	Term  uint64    `cbor:"2,keyasint"`
	Kind  EntryKind `cbor:"3,keyasint,omitempty"`
	Data  []byte    `cbor:"4,keyasint,omitempty"`
}

// HardState is what a server must not forget (Figure 2, "Persistent state on all
// servers"). The log is persistent too and kept beside it.
type HardState struct {
	Term uint64 `cbor:"1,keyasint"` // latest term the server has seen
	Vote ID     `cbor:"2,keyasint"` // whom it voted for in Term, or None
}

// Role is what a server currently is.
type Role uint8

const (
	// Follower answers the leader and candidates.
	Follower Role = iota
	// PreCandidate asks whether an election could succeed, without raising its term
	// (thesis §9.6).
	PreCandidate
	// Candidate asks for votes in a new term.
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
