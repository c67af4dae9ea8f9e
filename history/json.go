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
	Error    string          `json:"error,omitempty"`
	Invoke   int             `json:"invoke"`
	Complete *int            `json:"complete"`
	Start    time.Duration   `json:"start"`
	End      time.Duration   `json:"end"`
}

// MarshalJSON writes the operation as one object with the field names of the history
// file: id, process, node, type, f, key, value (of a cas [expected, new]), observed (of a
// refused cas, whose type is fail), error; invoke and complete are positions, complete
// null for Never; start and end are nanoseconds.
func (o Op) MarshalJSON() ([]byte, error) {
	typ, value, observed := told(o)
	return json.Marshal(opJSON{
		ID: o.ID, Process: o.Process, Node: o.Node, Type: typ, F: o.In.F, Key: o.In.Key,
		Value: value, Observed: observed, Error: o.Err,
		Invoke: o.Invoke, Complete: orNull(o.Complete), Start: o.Start, End: o.End,
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Op) UnmarshalJSON(text []byte) error {
	var j opJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return fmt.Errorf("read operation: %w", err)
	}
	e := event{Process: &j.Process, Type: j.Type, F: string(j.F), Key: j.Key, Value: j.Value, Observed: j.Observed}
	ask := e
	if j.F == Read {
		ask.Value = nil
	}
	var p parser
	in, err := p.input(ask)
	if err != nil {
		return fmt.Errorf("read operation %d: %w", j.ID, sentence(err))
	}
	out, outcome, err := p.output(e, in, 0)
	if err != nil {
		return fmt.Errorf("read operation %d: %w", j.ID, sentence(err))
	}
	*o = Op{ID: j.ID, Process: j.Process, Node: j.Node, In: in, Invoke: j.Invoke, Start: j.Start}
	settle(o, out, outcome, j.Error, orNever(j.Complete), j.End)
	return nil
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
