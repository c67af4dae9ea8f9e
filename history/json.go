package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// opJSON is an operation inside another document, such as a verdict: the fields of the
// history's completion event, with the positions and times of both ends.
type opJSON struct {
	ID       int             `json:"id"`
	Process  Process         `json:"process"`
	Node     NodeID          `json:"node,omitempty"`
	Type     string          `json:"type"`
	F        Func            `json:"f"`
	Key      string          `json:"key"`
	Value    json.RawMessage `json:"value"`
	Observed json.RawMessage `json:"observed,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"`
	Revision uint64          `json:"revision,omitempty"`
	Error    string          `json:"error,omitempty"`
	Invoke   int             `json:"invoke"`
	Complete *int            `json:"complete"`
	Start    time.Duration   `json:"start"`
	End      time.Duration   `json:"end"`
}

// MarshalJSON writes the operation as one object with the field names of the history
// file: id, process, node, type, f, key, value (of a cas [expected, new]), observed (of a
// refused cas, whose type is fail), result, revision, error; invoke and complete are
// positions, complete null for Never; start and end are nanoseconds.
func (o Op) MarshalJSON() ([]byte, error) {
	var e Event
	e.tell(o)
	return json.Marshal(opJSON{
		ID: o.ID, Process: o.Process, Node: o.Node, Type: e.Type, F: o.In.F, Key: o.In.Key,
		Value: json.RawMessage(e.Value), Observed: json.RawMessage(e.Observed), Result: json.RawMessage(e.Result), Revision: e.Revision, Error: o.Err,
		Invoke: o.Invoke, Complete: orNull(o.Complete), Start: o.Start, End: o.End,
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Op) UnmarshalJSON(text []byte) error {
	var j opJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return fmt.Errorf("read operation: %w", err)
	}
	in, out, outcome, err := j.read()
	if err != nil {
		return fmt.Errorf("read operation %d: %w", j.ID, sentence(err))
	}
	*o = Op{ID: j.ID, Process: j.Process, Node: j.Node, In: in, Invoke: j.Invoke, Start: j.Start}
	settle(o, out, outcome, j.Error, orNever(j.Complete), j.End)
	return nil
}

func (j opJSON) read() (in Input, out Output, outcome Outcome, err error) {
	e := Event{Process: &j.Process, Type: j.Type, F: string(j.F), Key: j.Key, Revision: j.Revision}
	for _, field := range []struct {
		text json.RawMessage
		to   *Value
	}{{j.Value, &e.Value}, {j.Observed, &e.Observed}, {j.Result, &e.Result}} {
		if field.text != nil {
			v, err := ParseValue(field.text)
			if err != nil {
				return in, out, outcome, err
			}
			*field.to = raw(v)
		}
	}
	var a Assembler
	if err := a.validate(&e); err != nil {
		return in, out, outcome, err
	}
	if in, err = a.input(a.request(&e)); err != nil {
		return in, out, outcome, err
	}
	out, outcome, err = a.output(&e, &in, 0)
	return in, out, outcome, err
}

// sentence drops the line number, which means nothing outside a history file.
func sentence(err error) error {
	var wrong *LineError
	if errors.As(err, &wrong) {
		return errors.New(wrong.Text)
	}
	return err
}

// spanJSON is a fault inside another document.
type spanJSON struct {
	ID    int           `json:"fault"`
	Kind  string        `json:"kind"`
	Text  string        `json:"text"`
	From  int           `json:"from"`
	To    *int          `json:"to"`
	Start time.Duration `json:"start"`
	End   time.Duration `json:"end"`
}

// MarshalJSON writes the fault as one object: fault (its number), kind, text; from and to
// are positions, to null for Never; start and end are nanoseconds.
func (s Span) MarshalJSON() ([]byte, error) {
	return json.Marshal(spanJSON{
		ID: s.ID, Kind: s.Kind, Text: s.Text,
		From: s.From, To: orNull(s.To), Start: s.Start, End: s.End,
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Span) UnmarshalJSON(text []byte) error {
	var j spanJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return fmt.Errorf("read fault: %w", err)
	}
	*s = Span{ID: j.ID, Kind: j.Kind, Text: j.Text, From: j.From, To: orNever(j.To), Start: j.Start, End: j.End}
	return nil
}

func orNull(position int) *int {
	if position == Never {
		return nil
	}
	return &position
}

func orNever(position *int) int {
	if position == nil {
		return Never
	}
	return *position
}
