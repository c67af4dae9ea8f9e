package replica

import (
	"fmt"
	"time"

	"senkei/node/kv"
	"senkei/node/marks"
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
	// At most one of Read, Change and Transfer is set. If none is, Command is proposed.
	Read     *Read
	Command  kv.Command
	Change   *raft.Change // of the configuration
	Transfer *Transfer
	// Forward asks a follower to pass the request on to the leader instead of
	// refusing it. A follower answers reads itself, once the leader has told it up to which
	// index its state must reach. A Transfer is never passed on.
	Forward bool
}

// Read asks for a part of the state.
type Read struct {
	Query       kv.Query
	Consistency Consistency
}

// Consistency says how fresh the answer to a read must be.
type Consistency uint8

const (
	// Linearizable reads see every write that was acknowledged before they began.
	Linearizable Consistency = iota
	// Lease reads are linearizable as long as the clocks of no two servers drift apart by
	// more than Config.Lease allows for. Where leases are off, or none is held, they are
	// Linearizable.
	Lease
	// Stale reads are answered at once from this server's own state, however old.
	Stale
)

// String returns the consistency as clients write it.
func (c Consistency) String() string {
	switch c {
	case Linearizable:
		return "linearizable"
	case Lease:
		return "lease"
	case Stale:
		return "stale"
	default:
		panic(fmt.Sprintf("replica: consistency %d", uint8(c)))
	}
}

// Transfer asks the leader to hand its leadership to another voter (thesis §3.10). It is
// answered once the other server leads.
type Transfer struct {
	To raft.ID // None leaves the choice to the leader
}

// Persisted says that everything up to and including the Persist effect with this
// token is durable.
type Persisted struct{ Token uint64 }

func (Tick) input()      {}
func (Received) input()  {}
func (Request) input()   {}
func (Persisted) input() {}

// Effect is one thing that the driver must do, in the order given: Send, Persist, Stage,
// Compact, Apply, Reply or Note.
type Effect interface{ effect() }

// Send gives Data to the transport for To. It may be lost, delayed or repeated.
type Send struct {
	To   raft.ID
	Data []byte
	// Message is what Data holds, for those who watch, and nil where it is none of raft's. It
	// must not be changed.
	Message *raft.Message
}

// Persist asks for Hard and Entries to be made durable together, and for Persisted
// to be called then. Entries replace whatever the log holds from the first one's index
// on.
type Persist struct {
	Token uint64
	Hard  *raft.HardState // nil where it did not change
	// Install makes the staged snapshot of this name, all chunks of which were staged before,
	// the state, and its Meta the base of the log, in one step, before Entries. The state
	// before it is of no use any more. It is nil where no snapshot is complete.
	Install *raft.Install
	Entries []raft.Entry
}

// Stage writes one chunk of a snapshot beside the state, which stays in use. It need not
// be durable; what is lost in a crash is sent again, but what is found after a crash must
// have no gap. Chunk number 0 discards whatever was staged before.
type Stage struct {
	Meta   raft.SnapshotMeta
	Number uint64
	Chunk  kv.Chunk
}

// Compact removes the log up to and including Meta.Index and makes Meta its base. The
// state has been given to Apply up to there or beyond. It need not be durable, but must not
// outlive a crash that the state up to Meta.Index does not.
type Compact struct{ Meta raft.SnapshotMeta }

// Apply writes a change of the key-value state. It need not be durable; what is lost in
// a crash is applied again from the log.
type Apply struct{ Change kv.Change }

// Reply answers the request with this ID.
type Reply struct {
	ID     uint64
	Result kv.Result // of a Read or a Command
	// Configuration is, for a Change, the one that was committed.
	Configuration raft.Configuration
	Leader        raft.ID // for a Transfer: who leads now
	Err           *Error  // nil where the request took effect
}

// Note reports a turn of events for the log: Message is a short fact such as "became
// leader", Attrs alternates names and values as slog does.
type Note struct {
	Message string
	Attrs   []any
}

func (Send) effect()    {}
func (Persist) effect() {}
func (Stage) effect()   {}
func (Compact) effect() {}
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
	// Overloaded: too many requests are open, or too much waits to be committed.
	Overloaded Code = "overloaded"
	// ChangePending: another change of the configuration is under way.
	ChangePending Code = "change_pending"
	// LastVoter: the change would leave nobody to vote.
	LastVoter Code = "last_voter"
	// TooManyServers: the configuration holds limits.ServersMax servers already.
	TooManyServers Code = "too_many_servers"
	// NoTransferee: there is no such other voter to hand the leadership to.
	NoTransferee Code = "no_transferee"
	// TransferFailed: the other server did not take over the leadership in time.
	TransferFailed Code = "transfer_failed"
	// Invalid: kv.Command.Validate refuses the command.
	Invalid Code = "invalid"
	// The codes of package kv, which explains them. For a transaction, Reply.Result says which
	// of its operations could not be done.
	SessionExpired Code = "session_expired"
	StaleSequence  Code = "stale_sequence"
	TooLarge       Code = "too_large"
	NotNumber      Code = "not_number"
	OutOfRange     Code = "out_of_range"
	ResultTooLarge Code = "result_too_large"
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

	FirstIndex    uint64             // of the log; what came before is compacted
	Configuration raft.Configuration // in force
	// ConfigurationIndex is where it stands in the log, 0 for the one of the beginning.
	ConfigurationIndex uint64
	Peers              []raft.PeerStatus // as the leader sees them; empty on others
	Lease              bool              // a leader's lease is in force
	SnapshotsSent      uint64            // whole ones, since the start
	SnapshotsInstalled uint64            // since the start
}

// Disk is what a restart finds.
type Disk struct {
	Hard raft.HardState
	// Base is where the log begins: the latest Compact or Install, or the configuration that
	// the cluster began with and Index 0. Without servers in it the server is blank: it
	// waits to be added to a cluster.
	Base    raft.SnapshotMeta
	Entries []raft.Entry // from Base.Index+1 on, without gaps
	State   kv.State     // Invariant: Base.Index <= State.Applied
	Staged  *Staged      // nil where nothing is staged
}

// Blank reports whether the server has never been a member of a cluster, nor voted in one.
func (d Disk) Blank() bool {
	return d.Hard == raft.HardState{} && d.Base.Index == 0 && len(d.Base.Configuration.Servers) == 0 &&
		len(d.Entries) == 0 && d.State.Applied == 0 && d.Staged == nil
}

// Staged is the part of a snapshot that was received before a restart.
type Staged struct {
	Meta  raft.SnapshotMeta
	Next  uint64 // number of the next chunk
	State kv.State
}

// DefaultSnapshotMargin is a log of which some seconds of load fit.
const DefaultSnapshotMargin = 10_000

// Config describes one replica.
type Config struct {
	ID raft.ID
	// Lease is how long a leader may answer reads with Lease after a majority confirmed it:
	// less than ElectionTimeout, by as much as clocks may drift apart in that time. 0 turns
	// leases off. All servers must agree on whether they are off (thesis §6.4.1).
	Lease time.Duration
	// SnapshotMargin is how many applied entries stay in the log for servers that are a
	// little behind; those further behind get a snapshot. 0 means DefaultSnapshotMargin.
	SnapshotMargin uint64
	// ChunkBytes bounds the records of one chunk of a snapshot, unless the first alone is
	// longer. 0 means limits.ChunkBytesMax; more does not fit into a message. All servers must
	// agree on it.
	ChunkBytes int
	// ElectionTimeout is the shortest time without a leader after which a server
	// campaigns; each wait is drawn from [ElectionTimeout, 2·ElectionTimeout).
	ElectionTimeout time.Duration
	// HeartbeatInterval must be well below ElectionTimeout.
	HeartbeatInterval time.Duration
	// RequestTimeout bounds how long a request stays open.
	RequestTimeout time.Duration
	Seed           uint64        // of the random election timeouts
	Marks          *marks.Counts // nil counts nothing
}
