package history

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// UnwritableError says what of a history another format has no words for, in one sentence.
type UnwritableError struct{ Text string }

// Error returns the sentence.
func (e *UnwritableError) Error() string { return e.Text }

// Encode writes h in the form that Decode accepts: reading it back gives h again. The
// positions of h must be distinct. What h does not hold is not written, such as faults
// that could not be injected.
func Encode(w io.Writer, h History) error {
	events, err := h.Events()
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	out := bufio.NewWriter(w)
	var line []byte
	for i := range events {
		if line, err = appendLine(line[:0], &events[i]); err != nil {
			return fmt.Errorf("write history: %s of %s: %w", events[i].Type, events[i].F, err)
		}
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("write history: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}

// Events returns h as a file tells it: an Assembler makes h of them again. Where clients gave
// up, which h knows no position of, comes last. It fails if two events have one position.
func (h History) Events() ([]Event, error) {
	events := h.events()
	slices.SortFunc(events, func(a, b Event) int { return cmp.Compare(*a.Index, *b.Index) })
	for i := range events[min(1, len(events)):] {
		if *events[i].Index == *events[i+1].Index {
			return nil, fmt.Errorf("two events have position %d", *events[i].Index)
		}
	}
	return append(events, h.surrenders()...), nil
}

// events returns the events of h whose positions it knows.
func (h History) events() []Event {
	var events []Event
	for _, op := range h.Ops {
		events = append(events, invocation(op))
		if op.Complete != Never {
			events = append(events, completion(op, op.Complete))
		}
	}
	for _, s := range h.Faults {
		events = append(events, faultEvent(s, phaseInject))
		if s.To != Never {
			events = append(events, faultEvent(s, phaseHeal))
		}
	}
	for _, l := range h.Leaders {
		events = append(events, leadership(l))
	}
	return events
}

// surrenders returns the events at which clients gave up. A History does not hold their
// positions, so they come last and without an index, which changes nothing: the
// operation stays open for ever.
func (h History) surrenders() []Event {
	var events []Event
	for _, op := range h.Ops {
		if op.Complete == Never && (op.End != op.Start || op.Err != "") {
			e := completion(op, 0)
			e.Index = nil
			events = append(events, e)
		}
	}
	return events
}

func faultEvent(s Span, phase string) Event {
	p, position, at := Nemesis, s.From, s.Start
	if phase == phaseHeal {
		position, at = s.To, s.End
	}
	return Event{
		Index: &position, Time: int64(at), Process: &p, Type: typeInfo, F: s.Kind,
		Fault: &s.ID, Phase: phase, Text: s.Text,
	}
}

func leadership(l LeaderChange) Event {
	p, position := Monitor, l.Position
	return Event{
		Index: &position, Time: int64(l.Time), Process: &p, Type: typeInfo, F: funcLeader,
		Node: l.Node, Value: Value(strconv.FormatUint(l.Term, 10)),
	}
}
