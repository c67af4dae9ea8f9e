package models

import (
	"errors"
	"fmt"
	"math"

	"senkei/checker/model"
	"senkei/history"
)

// Log is a list of entries that only grows. An append may tell its offset, which counts
// from 0 without gaps. A poll from an offset returns the entries from there on, as many as
// it likes, but at least one if there is one.
//
// An append costs what a dict's put does; a poll, a lookup for each entry.
type Log struct{}

var (
	_ model.Hinter[LogState]  = Log{}
	_ model.Decider[LogState] = Log{}
)

// LogState holds the entries by offset.
type LogState struct{ entries dict }

func (s LogState) length() int64 { return int64(s.entries.size) }

func (s LogState) at(offset int64) history.Value {
	v, _ := s.entries.get(history.Int(offset))
	return v
}

// String returns the entries in their order, such as "[1, 2]".
func (s LogState) String() string {
	var items []history.Value
	for offset := range s.length() {
		items = append(items, s.at(offset))
	}
	return enumerate("[", items, "]")
}

// ID returns "log".
func (Log) ID() string { return "log" }

// Name returns "log".
func (Log) Name() string { return "log" }

// Admit knows append, and poll from a whole number that is not negative.
func (Log) Admit(in history.Input) error {
	if offset, ok := whole(in.Value, math.MaxInt64); in.F == history.Poll && (!ok || offset < 0) {
		return errors.New("an offset is a whole number that is not negative")
	}
	return only(in, history.Append, history.Poll)
}

// Hints returns what is known of its operations.
func (m Log) Hints() model.Hints[LogState] {
	return model.Hints[LogState]{Kind: observing(history.Poll), StateBytes: m.stateBytes, Removable: removableReads(history.Poll)}
}

// Init returns the empty log.
func (Log) Init() LogState { return LogState{} }

// Step applies op.
func (Log) Step(s LogState, op history.Op) (next LogState, ok bool) {
	switch op.In.F {
	case history.Append:
		here := history.Int(s.length())
		next = LogState{s.entries.put(here, op.In.Value)}
		return next, !told(op) || op.Out.Value == history.Absent || op.Out.Value == here
	case history.Poll:
		return s, !told(op) || s.holds(op)
	default:
		foreign("log", op.In)
		return s, false
	}
}

// holds reports whether a poll returned entries that are there, and some if there are any.
func (s LogState) holds(op history.Op) bool {
	offset, _ := whole(op.In.Value, math.MaxInt64)
	first := offset
	for v := range op.Out.Value.Elements() {
		if offset >= s.length() || v != s.at(offset) {
			return false
		}
		offset++
	}
	return offset > first || first >= s.length()
}

// Why says where the log differs.
func (Log) Why(s LogState, op history.Op) string {
	if op.In.F == history.Append {
		return fmt.Sprintf("it was given offset %s but the log had %d entries", op.Out.Value, s.length())
	}
	offset, _ := whole(op.In.Value, math.MaxInt64)
	for v := range op.Out.Value.Elements() {
		if offset >= s.length() {
			return fmt.Sprintf("it returned %s at offset %d but the log had %d entries", v, offset, s.length())
		}
		if v != s.at(offset) {
			return fmt.Sprintf("it returned %s at offset %d but that held %s", v, offset, s.at(offset))
		}
		offset++
	}
	return fmt.Sprintf("it returned no entry from offset %d although the log had %d", offset, s.length())
}

// stateBytes counts what a change makes anew.
func (Log) stateBytes(s LogState) int { return s.entries.bytes() }
