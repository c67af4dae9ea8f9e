package report

import (
	"fmt"
	"time"

	"senkei/history"
)

// Trace is what the clients and nodes of a simulated run said to each other, message by
// message, and what became of the nodes meanwhile. Times count from the beginning of
// the run, as those of the history do.
type Trace struct {
	Rows []Row // clients and nodes, top to bottom
	// From and To bound the time to show. Where both are 0 that is everything.
	From, To time.Duration
	// Messages and Moments may begin before From: what is known of that time shows who
	// leads, and who is down, when that begins.
	Messages []Message
	Moments  []Moment
	Dropped  int // how many messages before these were not kept
}

// Row is the line of a node, or of a client where Node is empty.
type Row struct {
	Node history.NodeID
	// Client is the client's slot: its processes are those with this number modulo
	// Report.Clients. Where that is 0 it is the process itself.
	Client int
	// Processes are the client's where no slot is its own, as with one that reads
	// everything once more when the others have ended.
	Processes []history.Process
}

// Message is one message. Kind groups it and Text says the rest, such as "entries 12/3
// to 14/3 after 11/3, commit 10". The kinds that the page knows are those of familyOf.
type Message struct {
	From, To int // rows
	Sent     time.Duration
	Arrived  time.Duration // meaningless if Lost
	Lost     string        // why it never arrived, such as "cut"; empty if it did
	Kind     string
	Text     string
}

// Moment is a turn of events at one node. The page knows the kinds "leader",
// "candidate", "pre-candidate", "follower", "crash", "power", "restart", "pause",
// "resume", "commit", "apply", "fault" and "violation", which is where an invariant of the
// nodes broke; any other is shown as a note.
type Moment struct {
	Row  int
	At   time.Duration
	Kind string
	Text string
}

// name is what the page calls a row.
func (l Row) name() string {
	if l.Node != "" {
		return clip(string(l.Node), nameRunes)
	}
	return fmt.Sprintf("client %d", l.Client)
}

// A family is what a message is about; each has its colour.
type family uint8

const (
	otherFamily family = iota
	electionFamily
	replicationFamily
	clientFamily
)

// familyOf sorts messages by their kinds: the names of Raft's, and those of what clients
// and nodes ask each other for.
func familyOf(kind string) family {
	switch kind {
	case "PreVote", "PreVoteReply", "Vote", "VoteReply", "TimeoutNow":
		return electionFamily
	case "Append", "AppendReply", "Snapshot", "SnapshotReply":
		return replicationFamily
	case "request", "reply", "forward", "read index":
		return clientFamily
	default:
		return otherFamily
	}
}

// class is the family's style.
func (f family) class() string {
	return [...]string{"other", "election", "replication", "client"}[f]
}
