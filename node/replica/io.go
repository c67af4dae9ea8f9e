package replica

import (
	"time"

	"senkei/node/kv"
	"senkei/node/raft"
)

// Input is one event that the replica reacts to: Tick, Received, Request or Persisted.
// (The remaining one, a restart, is New with what the disk still holds.)
type Input interface{ input() }

// Tick lets time pass; now says how much. Drivers tick a few times per heartbeat
// interval.
type Tick struct{}

// Received is a message of a peer, as its Send effect encoded it.
type Received struct {
	From raft.ID
	Data []byte
}

// Request is an operation of a client. Exactly one Reply with the same ID follows,
// unless the process dies.
type Request struct {
	ID uint64 // chosen by the driver, unique among the open requests
	// Read, if set, is the key to read. Else Command is proposed.
	Read    *Read
	Command kv.Command
	// Forward asks a follower to pass the request on to the leader instead of
	// refusing it.
	Forward bool
}

// Read asks for the value of one key.
type Read struct {
	Key   string
	Stale bool // answer at once from this server's own state, however old
}

// Persisted says that everything up to and including the Persist effect with this
// token is durable.
type Persisted struct{ Token uint64 }

func (Tick) input()      {}
func (Received) input()  {}
func (Request) input()   {}
func (Persisted) input() {}

// Effect is one thing that the driver must do, in the order given: Send, Persist,
// Apply, Reply or Note.
type Effect interface{ effect() }

// Send gives Data to the transport for To. It may be lost, delayed or repeated.
type Send struct {
	To   raft.ID
	Data []byte
}

// Persist asks for Hard and Entries to be made durable together, and for Persisted
// to be called then. Entries replace whatever the log holds from the first one's index
// on.
type Persist struct {
	Token   uint64
	Hard    *raft.HardState // nil where it did not change
	Entries []raft.Entry
}

// Apply writes a change of the key-value state. It need not be durable; what is lost in
// a crash is applied again from the log.
type Apply struct{ Change kv.Change }

// Reply answers the request with this ID.
type Reply struct {
	ID     uint64
	Result kv.Result
	Err    *Error // nil where the request took effect
}

// Note reports a turn of events for the log: Message is a short fact such as "became
// leader", Attrs alternates names and values as slog does.
type Note struct {
	Message string
	Attrs   []any
}

func (Send) effect()    {}
func (Persist) effect() {}
func (Apply) effect()   {}
func (Reply) effect()   {}
func (Note) effect()    {}

// Code says why a request failed.
type Code string

const (
	// NotLeader: this server does not lead and was not asked to forward.
	NotLeader Code = "not_leader"
	// NoLeader: no leader appeared within Config.RequestTimeout.
	NoLeader Code = "no_leader"
	// LeaderLost: the leader lost its leadership while the request was open.
	LeaderLost Code = "leader_lost"
	// Timeout: the request was not answered within Config.RequestTimeout.
	Timeout Code = "timeout"
	// Overloaded: too many requests are open.
	Overloaded Code = "overloaded"
	// Invalid: kv.Command.Validate refuses the command.
	Invalid Code = "invalid"
	// SessionExpired, StaleSequence and TooLarge: see package kv.
	SessionExpired Code = "session_expired"
	StaleSequence  Code = "stale_sequence"
	TooLarge       Code = "too_large"
)

// Error is a request that failed.
type Error struct {
	Code Code `cbor:"1,keyasint"`
	// Definite means that the operation had no effect and never will.
	Definite bool    `cbor:"2,keyasint"`
	Leader   raft.ID `cbor:"3,keyasint,omitempty"` // whom to ask instead, if known
}

// Status is how a replica sees itself and the cluster.
type Status struct {
	ID        raft.ID
	Role      raft.Role
	Term      uint64
	Leader    raft.ID // None where unknown
	Commit    uint64
	Applied   uint64
	LastIndex uint64
	StateHash uint64 // of the key-value state at Applied
	Open      int    // requests not yet answered
}

// Disk is what a restart finds.
type Disk struct {
	Hard    raft.HardState
	Entries []raft.Entry // from index 1 on, without gaps
	State   kv.State
}

// Config describes one replica.
type Config struct {
	ID    raft.ID
	Peers []raft.ID // every server of the cluster, this one too
	// ElectionTimeout is the shortest time without a leader after which a server
	// campaigns; each wait is drawn from [ElectionTimeout, 2·ElectionTimeout).
	ElectionTimeout time.Duration
	// HeartbeatInterval must be well below ElectionTimeout.
	HeartbeatInterval time.Duration
	// RequestTimeout bounds how long a request stays open.
	RequestTimeout time.Duration
	Seed           uint64 // of the random election timeouts
}
