package models

import (
	"errors"
	"fmt"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// KV is one key of a key-value store: a Register that can also be deleted, and whose text
// can be appended to. An append to what is absent writes.
type KV struct{}

var (
	_ model.Hinter[history.Value]    = KV{}
	_ model.Cell[history.Value]      = KV{}
	_ model.Explainer[history.Value] = KV{}
)

// ID returns "key-value".
func (KV) ID() string { return "key-value" }

// Name returns "key-value".
func (KV) Name() string { return "key-value" }

// Admit knows read, write, cas, delete, and append of a text.
func (KV) Admit(in history.Input) error {
	if _, isText := in.Value.Text(); in.F == history.Append && !isText {
		return errors.New("what is appended to a value is a text; a list has the model list")
	}
	return only(in, history.Read, history.Write, history.CAS, history.Delete, history.Append)
}

// Hints returns what is known of its operations.
func (m KV) Hints() model.Hints[history.Value] {
	return model.Hints[history.Value]{StateBytes: m.stateBytes, Lookahead: m.lookahead, Prune: m.prune, Removable: m.removable, Closure: m.closure}
}

// Init returns history.Absent.
func (KV) Init() history.Value { return history.Absent }

// Step applies op to a key that holds s. Of unknown outcome, it appends nothing to what is
// no text.
func (KV) Step(s history.Value, op history.Op) (next history.Value, ok bool) {
	switch op.In.F {
	case history.Delete:
		return history.Absent, true
	case history.Append:
		before, isText := s.Text()
		if s != history.Absent && !isText {
			return s, !told(op)
		}
		more, _ := op.In.Value.Text()
		return history.Text(before + more), true
	default:
		return Register{}.Step(s, op)
	}
}

// Access says what op does to the key.
func (KV) Access(op *history.Op) model.Access[history.Value] {
	switch op.In.F {
	case history.Delete:
		return model.Access[history.Value]{Kind: model.Stores, Stored: history.Absent}
	case history.Append:
		return model.Access[history.Value]{Kind: model.Transforms}
	default:
		return Register{}.Access(op)
	}
}

// Why says what op claims of the key, and what that held.
func (KV) Why(s history.Value, op history.Op) string {
	if op.In.F == history.Append {
		return fmt.Sprintf("it appended %s but the key held %s, which is no text", op.In.Value, s)
	}
	return Register{}.Why(s, op)
}

// removable marks what that of Register does, where it is known what the operations are to one,
// and else what changes nothing.
func (KV) removable(ops []history.Op) []bool {
	if list, ok := registers(ops); ok {
		return Register{}.removable(list)
	}
	return marking(changesNothing)(ops)
}

// asRegister reports whether ops are those of a Register.
func asRegister(ops []history.Op) bool {
	return !slices.ContainsFunc(ops, func(op history.Op) bool { return (Register{}).Admit(op.In) != nil })
}

// changesNothing reports whether op is a read or a refused compare-and-set.
func changesNothing(op *history.Op) bool {
	return op.In.F == history.Read || op.In.F == history.CAS && told(*op) && !op.Out.Swapped
}

// Explain says what that of Register does, where nothing is deleted or appended.
func (KV) Explain(ops, core []history.Op, culprit history.Op) []string {
	if asRegister(ops) {
		return Register{}.Explain(ops, core, culprit)
	}
	return nil
}

// stateBytes counts what a change makes anew.
func (KV) stateBytes(s history.Value) int { return len(s) }
