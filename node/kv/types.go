package kv

import "fmt"

// Op is what a command does.
type Op uint8

const (
	// Put stores Value.
	Put Op = iota + 1
	// Delete removes the key; deleting an absent key succeeds with Found false.
	Delete
	// CompareAndSet stores Value if the key holds Expect, or is absent where
	// ExpectAbsent is set; else it answers with what the key holds.
	CompareAndSet
	// Append adds Value to the end of what the key holds; an absent key holds "".
	Append
)

// String returns the operation's name, such as "put".
func (o Op) String() string {
	switch o {
	case Put:
		return "put"
	case Delete:
		return "delete"
	case CompareAndSet:
		return "compare-and-set"
	case Append:
		return "append"
	default:
		panic(fmt.Sprintf("kv: operation %d", uint8(o)))
	}
}

// Command is one write, as it stands in the log. Client and Seq make a retry harmless:
// of the commands with one (Client, Seq) at most one takes effect, and all of them get
// its result. An empty Client opts out.
type Command struct {
	Op           Op     `cbor:"1,keyasint"`
	Key          string `cbor:"2,keyasint"`
	Value        string `cbor:"3,keyasint,omitempty"`
	Expect       string `cbor:"4,keyasint,omitempty"`
	ExpectAbsent bool   `cbor:"5,keyasint,omitempty"`
	Client       string `cbor:"6,keyasint,omitempty"`
	Seq          uint64 `cbor:"7,keyasint,omitempty"` // from 1, rising with each new command of Client
}

// Code says how a command, or a read, ended.
type Code uint8

const (
	// Done means it took effect, or, for CompareAndSet with Swapped false, was refused.
	Done Code = iota + 1
	// SessionExpired means that the store does not know Client (any more) and Seq is
	// not its first; the command had no effect now.
	SessionExpired
	// StaleSequence means that Client has already had a later Seq applied, so the
	// reply to this one is gone; the command had no effect now.
	StaleSequence
	// TooLarge means that Append would have made the value longer than MaxValueBytes;
	// the command had no effect and never will.
	TooLarge
)

// String returns the code in lower case, such as "session expired".
func (c Code) String() string {
	switch c {
	case Done:
		return "done"
	case SessionExpired:
		return "session expired"
	case StaleSequence:
		return "stale sequence"
	case TooLarge:
		return "too large"
	default:
		panic(fmt.Sprintf("kv: code %d", uint8(c)))
	}
}

// Result is the answer to a command or to a read.
type Result struct {
	Code Code `cbor:"1,keyasint"`
	// Value is what a read found, and for a refused CompareAndSet what the key holds.
	Value string `cbor:"2,keyasint,omitempty"`
	// Found says whether the key existed: for a read and a refused CompareAndSet now,
	// for Delete before.
	Found   bool `cbor:"3,keyasint,omitempty"`
	Swapped bool `cbor:"4,keyasint,omitempty"` // of CompareAndSet
	// Revision is that of the key: the log index of the command that last changed it;
	// 0 where it does not exist.
	Revision uint64 `cbor:"5,keyasint,omitempty"`
}

// Item is the value of one key.
type Item struct {
	Value    string `cbor:"1,keyasint"`
	Revision uint64 `cbor:"2,keyasint"`
}

// Session is the latest command of one client and the reply it got (thesis §6.3).
type Session struct {
	Seq    uint64 `cbor:"1,keyasint"`
	Result Result `cbor:"2,keyasint"`
	Index  uint64 `cbor:"3,keyasint"` // log index of that command; the lowest is evicted first
}

// Change is what applying one entry altered; a store that had the state before it has
// the state after it once the whole change is written. Where nothing but Applied moved
// (a no-op, a duplicate), the other fields are empty.
type Change struct {
	Applied  uint64              // the log index up to which the state now reaches
	Items    map[string]*Item    // nil removes the key
	Sessions map[string]*Session // nil removes the session
}

// State is a whole store, as a restart finds it.
type State struct {
	Applied  uint64
	Items    map[string]Item
	Sessions map[string]Session
}
