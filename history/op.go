package history

import (
	"fmt"
	"math"
	"time"
)

// NodeID names one node of the cluster under test, such as "n1".
type NodeID string

// Process is one logical client: at most one operation of a process is open at any
// time. A process whose operation ended as Unknown never issues another, because
// that operation may still take effect (Jepsen's process retirement). Client
// processes count from 0.
type Process int

const (
	// Nemesis is the process that injects and heals faults.
	Nemesis Process = -1
	// Monitor is the process that records what the harness saw of the cluster's
	// leadership. Nothing it records is judged.
	Monitor Process = -2
)

// Input is what a client asks for. It is comparable.
type Input struct {
	F   Func
	Key string
	// Value is what Write and CAS store, Append appends and Add or Enqueue put in; the
	// offset from which Poll reads; the token that Release names; what Txn does, see
	// Transaction. Absent where the function needs none.
	Value  Value
	Expect Value // what CAS must find for its swap to happen
}

// Output is what a client was told. It is comparable and meaningful only where the
// outcome is OK.
type Output struct {
	// Value is what Read, Dequeue, Drain or Poll found; the offset that a log gave to
	// Append, or the token that a lock gave to Acquire, Absent if none was told; what Txn
	// did, its reads filled in; for a refused CAS the value it found instead.
	Value   Value
	Swapped bool // whether CAS stored its value
	// Revision is the store's revision of the key after the operation, which rises with
	// every change; 0 where none was told.
	Revision uint64
}

// Outcome says what is known of an operation's effect.
type Outcome uint8

// The zero value is the cautious one.
const (
	Unknown Outcome = iota // it may have happened, may still happen, or never
	OK                     // it happened, and Output says with which result
	Failed                 // proven never to have had, and never to have, an effect
)

// String returns the name that the history file uses: "info", "ok" or "fail".
func (o Outcome) String() string {
	switch o {
	case Unknown:
		return "info"
	case OK:
		return "ok"
	case Failed:
		return "fail"
	default:
		panic(fmt.Sprintf("history: outcome %d", uint8(o)))
	}
}

// Never is the Complete position of an operation, and the To position of a fault,
// that did not end within the history.
const Never = math.MaxInt

// Op is one operation of a client from its invocation to its completion.
type Op struct {
	ID      int // position in History.Ops
	Process Process
	Node    NodeID // the node the client spoke to; empty where unknown
	In      Input
	Out     Output
	Outcome Outcome
	Err     string // why the outcome is not OK; empty otherwise

	// Invoke and Complete are the positions of the two events in the history: a
	// total order without ties, and the only order that a checker trusts.
	// Complete is Never where the outcome is Unknown.
	Invoke, Complete int

	// Start and End are times since the run began, for people. End is where the
	// client gave up if the outcome is Unknown, and Start if it never heard at all.
	Start, End time.Duration
}
