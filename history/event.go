package history

import (
	"fmt"
	"strconv"
	"time"
)

// Event is one event of a history as its file tells it: what a client asked, what it was
// told, or what became of a fault. Its field names are Jepsen's; "observed", "result",
// "revision", "fault", "phase" and "text" are additions that other tools ignore. A refused
// compare-and-set is written as a fail with "observed", so that a tool which knows only
// Jepsen's rules drops it, which is sound.
//
// Values are canonical texts, in which null is written null; where a field is not there, it
// is "".
type Event struct {
	Index   *int     // position in the history; nil means the next one
	Time    int64    // nanoseconds since the run began; 0 where none is known
	Process *Process // the client, Nemesis or Monitor; nil for a client that has a name
	Client  string   // the name of a client that has no number
	Type    string   // "invoke", "ok", "fail" or "info"
	F       string   // a Func, the kind of a fault, or "leader"
	Key     string   // see KeyOf; empty for none
	// Value is what was asked for; in an ok, what the client was told by a function that
	// asks for nothing, or by a transaction. Of a cas it is [expected, new].
	Value    Value
	Observed Value  // what a refused cas found
	Result   Value  // what else an ok told, such as the offset of an append
	Revision uint64 // of the key, as the store told it; 0 for none
	Node     NodeID
	Fault    *int   // number of the fault
	Phase    string // "inject" or "heal"
	Text     string // the fault, for people
	Error    string
	// Understood says that an event of the nemesis tells nothing, but not because nobody
	// knows what it means.
	Understood bool
}

const (
	typeInvoke = "invoke"
	typeOK     = "ok"
	typeFail   = "fail"
	typeInfo   = "info"

	phaseInject = "inject"
	phaseHeal   = "heal"

	funcLeader = "leader"
)

// lineBytesMax bounds what one event may occupy in the file.
const lineBytesMax = 16 << 20

// positionMax is the largest index accepted: the largest integer that every JSON reader
// keeps exact.
const positionMax = 1 << 53

// invocation is the event that opens op.
func invocation(op Op) Event {
	e := base(op, op.Invoke, op.Start)
	e.Type = typeInvoke
	e.Value = asked(op.In)
	return e
}

// completion is the event at this position that ends op. For an operation of unknown
// outcome that is the moment when the client gave up.
func completion(op Op, position int) Event {
	e := base(op, position, op.End)
	e.tell(op)
	return e
}

// tell writes into e how op ended.
func (e *Event) tell(op Op) {
	e.Type, e.Value, e.Error = op.Outcome.String(), asked(op.In), op.Err
	if op.Outcome != OK {
		return
	}
	e.Revision = op.Out.Revision
	switch shape := shapes[op.In.F]; {
	case op.In.F == CAS && !op.Out.Swapped:
		e.Type, e.Observed = typeFail, raw(op.Out.Value)
	case shape.answers == nothing:
	case !shape.apart:
		e.Value = raw(op.Out.Value)
	case shape.must || op.Out.Value != Absent:
		e.Result = raw(op.Out.Value)
	}
}

func base(op Op, position int, at time.Duration) Event {
	return Event{
		Index: &position, Time: int64(at), Process: &op.Process,
		F: string(op.In.F), Key: op.In.Key, Node: op.Node,
	}
}

// asked is what the value field says of a request.
func asked(in Input) Value {
	if in.F == CAS {
		return List(in.Expect, in.Value)
	}
	return raw(in.Value)
}

// raw writes Absent as null.
func raw(v Value) Value {
	if v == Absent {
		return "null"
	}
	return v
}

// settle records in op how it ended, at this position and time, and clears what means
// nothing for such an end, so that an operation looks the same whether it was recorded
// or read.
func settle(op *Op, out Output, outcome Outcome, errText string, position int, at time.Duration) {
	op.Outcome, op.Complete, op.End = outcome, position, at
	op.Out, op.Err = Output{}, ""
	switch {
	case outcome == Unknown:
		op.Complete, op.Err = Never, errText
		return
	case outcome == Failed:
		op.Err = errText
		return
	case op.In.F == CAS && out.Swapped:
		op.Out.Swapped = true
	case op.In.F == CAS || shapes[op.In.F].answers != nothing:
		op.Out.Value = out.Value
	}
	op.Out.Revision = out.Revision
}

// String returns the number of a client process, "nemesis" or "monitor".
func (p Process) String() string {
	switch p {
	case Nemesis:
		return "nemesis"
	case Monitor:
		return "monitor"
	default:
		return strconv.Itoa(int(p))
	}
}

// MarshalJSON writes a client process as a number and the others by name.
func (p Process) MarshalJSON() ([]byte, error) {
	if p < 0 {
		return []byte(strconv.Quote(p.String())), nil
	}
	return []byte(p.String()), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Process) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `"nemesis"`:
		*p = Nemesis
	case `"monitor"`:
		*p = Monitor
	default:
		n, err := strconv.ParseUint(string(text), 10, 31)
		if err != nil {
			return fmt.Errorf("process %s is neither a number from 0 to 2147483647 nor \"nemesis\" nor \"monitor\"", clip(string(text)))
		}
		*p = Process(n)
	}
	return nil
}
