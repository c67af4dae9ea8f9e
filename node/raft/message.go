package raft

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
	// PreVote asks whether Vote would be granted (thesis §9.6).
	PreVote
	// PreVoteReply answers PreVote.
	PreVoteReply
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
}
