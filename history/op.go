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

// Func is what an operation does.
type Func string

// The functions of the register and key-value workloads.
const (
	Read  Func = "read"
	Write Func = "write"
	CAS   Func = "cas" // compare-and-set
)

// Value is a JSON scalar in its canonical text, such as `2`, `"two"` or `true`. The
// zero value is the absence of a value, written null. Values are compared as text.
type Value string

// Absent is the value of a key that was never written.
const Absent Value = ""

// String returns the value as a person reads it: its JSON text, or "nothing".
func (v Value) String() string {
	if v == Absent {
		return "nothing"
	}
	return string(v)
}

// Input is what a client asks for. It is comparable.
type Input struct {
	F      Func
	Key    string
	Value  Value // what Write and CAS store
	Expect Value // what CAS must find for its swap to happen
}

// Output is what a client was told. It is comparable and meaningful only where the
// outcome is OK.
type Output struct {
	Value   Value // what Read found; for a refused CAS the value it found instead
	Swapped bool  // whether CAS stored its value
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

// String describes the operation and its result, such as "read of k1 = 7",
// "write of 8 to k1", "cas of k1 from 7 to 8 (refused: found 9)". An empty key is left
// out.
func (o Op) String() string {
	var text string
	switch o.In.F {
	case Read:
		text = "read" + o.key(" of ")
		if o.Outcome == OK {
			text += " = " + o.Out.Value.String()
		}
	case Write:
		text = fmt.Sprintf("write of %s%s", o.In.Value, o.key(" to "))
	case CAS:
		text = fmt.Sprintf("cas%s from %s to %s", o.key(" of "), o.In.Expect, o.In.Value)
		if o.Outcome == OK && !o.Out.Swapped {
			text += fmt.Sprintf(" (refused: found %s)", o.Out.Value)
		}
	default:
		text = string(o.In.F) + o.key(" of ")
	}
	switch o.Outcome {
	case Unknown:
		text += " (outcome unknown)"
	case Failed:
		text += " (failed)"
	}
	return text
}

func (o Op) key(preposition string) string {
	if o.In.Key == "" {
		return ""
	}
	return preposition + o.In.Key
}
