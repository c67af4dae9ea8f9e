package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// event is one line of the file. Its field names are Jepsen's; "observed", "fault",
// "phase" and "text" are additions that other tools ignore. A refused compare-and-set
// is written as a fail with "observed", so that a tool which knows only Jepsen's rules
// drops it, which is sound.
type event struct {
	Index    *int            `json:"index,omitempty"`
	Time     int64           `json:"time"` // nanoseconds since the run began
	Process  *Process        `json:"process"`
	Type     string          `json:"type"`
	F        string          `json:"f"`
	Key      string          `json:"key,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	Observed json.RawMessage `json:"observed,omitempty"`
	Node     NodeID          `json:"node,omitempty"`
	Fault    *int            `json:"fault,omitempty"`
	Phase    string          `json:"phase,omitempty"`
	Text     string          `json:"text,omitempty"`
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
func invocation(op Op) event {
	e := base(op, op.Invoke, op.Start)
	e.Type = typeInvoke
	e.Value = asked(op.In)
	return e
}

// completion is the event at this position that ends op. For an operation of unknown
// outcome that is the moment when the client gave up.
func completion(op Op, position int) event {
	e := base(op, position, op.End)
	e.Type, e.Value, e.Observed = told(op)
	e.Error = op.Err
	return e
}

// told returns how the end of an operation is written: its type, its value and, for a
// refused compare-and-set, what that found instead.
func told(op Op) (typ string, value, observed json.RawMessage) {
	switch {
	case op.Outcome == OK && op.In.F == Read:
		return typeOK, raw(op.Out.Value), nil
	case op.Outcome == OK && op.In.F == CAS && !op.Out.Swapped:
		return typeFail, asked(op.In), raw(op.Out.Value)
	default:
		return op.Outcome.String(), asked(op.In), nil
	}
}

func base(op Op, position int, at time.Duration) event {
	return event{
		Index: &position, Time: int64(at), Process: &op.Process,
		F: string(op.In.F), Key: op.In.Key, Node: op.Node,
	}
}

// asked is what the value field says of a request.
func asked(in Input) json.RawMessage {
	if in.F != CAS {
		return raw(in.Value)
	}
	pair := append([]byte{'['}, raw(in.Expect)...)
	pair = append(pair, ',')
	pair = append(pair, raw(in.Value)...)
	return append(pair, ']')
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
	case outcome == Failed:
		op.Err = errText
	case op.In.F == Read, op.In.F == CAS && !out.Swapped:
		op.Out.Value = out.Value
	case op.In.F == CAS:
		op.Out.Swapped = true
	}
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
func (e *encoder) line(ev event) ([]byte, error) {
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
