package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Event is one event of a history as its file tells it: what a client asked, what it was
// told, or what became of a fault. Its field names are Jepsen's; "observed", "result",
// "revision", "fault", "phase" and "text" are additions that other tools ignore. A refused
// compare-and-set is written as a fail with "observed", so that a tool which knows only
// Jepsen's rules drops it, which is sound.
type Event struct {
	Index   *int     `json:"index,omitempty"` // position in the history; nil means the next one
	Time    int64    `json:"time"`            // nanoseconds since the run began
	Process *Process `json:"process"`
	Type    string   `json:"type"` // "invoke", "ok", "fail" or "info"
	F       string   `json:"f"`    // a Func, the kind of a fault, or "leader"
	Key     string   `json:"key,omitempty"`
	// Value is what was asked for; in an ok, what the client was told by a function that
	// asks for nothing, or by a transaction. Of a cas it is [expected, new].
	Value    json.RawMessage `json:"value,omitempty"`
	Observed json.RawMessage `json:"observed,omitempty"` // what a refused cas found
	Result   json.RawMessage `json:"result,omitempty"`   // what else an ok told, such as the offset of an append
	Revision uint64          `json:"revision,omitempty"` // of the key, as the store told it
	Node     NodeID          `json:"node,omitempty"`
	Fault    *int            `json:"fault,omitempty"` // number of the fault
	Phase    string          `json:"phase,omitempty"` // "inject" or "heal"
	Text     string          `json:"text,omitempty"`  // the fault, for people
	Error    string          `json:"error,omitempty"`
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
const lineBytesMax = 1 << 20

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
func asked(in Input) json.RawMessage {
	if in.F == CAS {
		return json.RawMessage(List(in.Expect, in.Value))
	}
	return raw(in.Value)
}

func raw(v Value) json.RawMessage {
	if v == Absent {
		return json.RawMessage("null")
	}
	return json.RawMessage(v)
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

// encoder turns events into lines.
type encoder struct {
	buf  bytes.Buffer
	json *json.Encoder
}

func newEncoder() *encoder {
	e := &encoder{}
	e.json = json.NewEncoder(&e.buf)
	e.json.SetEscapeHTML(false)
	return e
}

// line returns the event with its newline. The bytes are good until the next call.
func (e *encoder) line(ev Event) ([]byte, error) {
	e.buf.Reset()
	if err := e.json.Encode(ev); err != nil {
		return nil, fmt.Errorf("encode %s of %s: %w", ev.Type, ev.F, err)
	}
	if e.buf.Len() > lineBytesMax {
		return nil, fmt.Errorf("encode %s of %s: %d bytes are more than the %d that a line may have", ev.Type, ev.F, e.buf.Len(), lineBytesMax)
	}
	return e.buf.Bytes(), nil
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
