package raft

// What servers send each other (Figure 2 and Figure 13, thesis §3.10, §6.4 and §9.6), as one
// flat struct: a message is copied, kept and encoded as a whole. Field comments say in which
// messages a field means something; elsewhere it is zero.

import "fmt"

// MessageType is one of the RPCs of the paper, or its reply. Requests and replies are
// one-way messages: any of them may be lost, delayed, repeated or reordered.
type MessageType uint8

const (
	// Append is AppendEntries; without entries it is a heartbeat.
	Append MessageType = iota + 1
	// AppendReply answers Append.
	AppendReply
	// Vote is RequestVote.
	Vote
	// VoteReply answers Vote.
	VoteReply
	// PreVote requests to know whether Vote would be granted (thesis §9.6).
	PreVote
	// PreVoteReply answers PreVote.
	PreVoteReply
	// Snapshot is InstallSnapshot: one chunk of a snapshot (Figure 13).
	Snapshot
	// SnapshotReply tells which chunk is expected next. The last chunk is answered with an
	// AppendReply once the snapshot is installed.
	SnapshotReply
	// TimeoutNow has a server campaign at once (thesis §3.10).
	TimeoutNow
)

// String returns the type's name.
func (t MessageType) String() string {
	switch t {
	case Append:
		return "Append"
	case AppendReply:
		return "AppendReply"
	case Vote:
		return "Vote"
	case VoteReply:
		return "VoteReply"
	case PreVote:
		return "PreVote"
	case PreVoteReply:
		return "PreVoteReply"
	case Snapshot:
		return "Snapshot"
	case SnapshotReply:
		return "SnapshotReply"
	case TimeoutNow:
		return "TimeoutNow"
	default:
		return fmt.Sprintf("MessageType(%d)", uint8(t))
	}
}

// Message is what servers send each other.
type Message struct {
	Type MessageType `cbor:"1,keyasint"`
	From ID          `cbor:"2,keyasint"`
	To   ID          `cbor:"3,keyasint"`
	// Term is the sender's; in PreVote and in a PreVoteReply that grants, the term
	// that the candidate would campaign in.
	Term uint64 `cbor:"4,keyasint"`

	// Index and LogTerm name an entry of the sender's log. Append: the entry before
	// Entries. Vote, PreVote: the last entry. A refusing AppendReply: the last entry at
	// which the logs may still agree.
	Index   uint64 `cbor:"5,keyasint,omitempty"`
	LogTerm uint64 `cbor:"6,keyasint,omitempty"`

	Entries []Entry `cbor:"7,keyasint,omitempty"` // Append
	Commit  uint64  `cbor:"8,keyasint,omitempty"` // Append: the leader's commitIndex

	Refused bool `cbor:"9,keyasint,omitempty"` // replies
	// Match in an AppendReply is the index up to which the follower's log is durable and
	// agrees with the leader's; if Refused, the Index of the Append refused.
	Match uint64 `cbor:"10,keyasint,omitempty"`
	// Round in an Append numbers the leader's latest round of read confirmations; the
	// reply repeats it (thesis §6.4).
	Round uint64 `cbor:"11,keyasint,omitempty"`

	// Transfer in a Vote says that the leader itself wants the election, so that nobody
	// protects it (thesis §4.2.3).
	Transfer bool `cbor:"12,keyasint,omitempty"`

	// Meta names the snapshot in Snapshot and SnapshotReply.
	Meta *SnapshotMeta `cbor:"13,keyasint,omitempty"`
	// Chunk is the number of the chunk in Snapshot, and of the one expected in
	// SnapshotReply; the first is 0.
	Chunk uint64 `cbor:"14,keyasint,omitempty"`
	// Data and Last are for the caller to fill in: the core knows no state.
	Data []byte `cbor:"15,keyasint,omitempty"`
	Last bool   `cbor:"16,keyasint,omitempty"` // no chunk follows
}

// Validate says what no server would send, in whatever state it is. It holds a message against
// itself alone: a snapshot has a name, a term is not above the sender's, entries follow each
// other.
func (m Message) Validate() error {
	if (m.Type == Snapshot || m.Type == SnapshotReply) != (m.Meta != nil) {
		return fmt.Errorf("a %s with, or without, the name of a snapshot", m.Type)
	}
	if m.Meta != nil {
		if m.Meta.Index == 0 || m.Meta.Term > m.Term {
			return fmt.Errorf("a snapshot of index %d and term %d in term %d", m.Meta.Index, m.Meta.Term, m.Term)
		}
		return m.Meta.Configuration.Validate()
	}
	if m.Type == Append {
		return m.validateEntries()
	}
	return nil
}

// validateEntries says where the entries of an Append do not follow each other and what is
// before them.
func (m Message) validateEntries() error {
	term := m.LogTerm
	for i, e := range m.Entries {
		switch {
		case e.Index != m.Index+1+uint64(i):
			return fmt.Errorf("entry %d at position %d after entry %d", e.Index, i, m.Index)
		case e.Term < term || e.Term > m.Term:
			return fmt.Errorf("entry %d of term %d, after term %d and in term %d", e.Index, e.Term, term, m.Term)
		}
		if err := e.Validate(); err != nil {
			return err
		}
		term = e.Term
	}
	return nil
}
