package models

import (
	"fmt"

	"senkei/checker/model"
	"senkei/history"
)

// VersionedRegister is a Register that can also be deleted, in a store that numbers its
// changes, after the register workload of Jepsen's etcd test: a change gives the key a
// revision greater than every one before, and a read of a value tells the revision of its
// last change. A result that tells no revision is judged by its value alone, and so is a
// read that found nothing.
//
// Two writes of the same value are told apart by their revisions, so a search goes astray
// less often, and a write that was applied twice shows.
type VersionedRegister struct{}

var (
	_ model.Hinter[VersionedState]  = VersionedRegister{}
	_ model.Decider[VersionedState] = VersionedRegister{}
)

// VersionedState is a value and what is known of its revision.
type VersionedState struct {
	Value history.Value
	// Revision is that of the last change; where nobody was told, the smallest that it can
	// be.
	Revision uint64
	Exact    bool // whether Revision was told
}

// String returns "5 at revision 7", or "5 at revision 7 or later".
func (s VersionedState) String() string {
	text := fmt.Sprintf("%s at revision %d", s.Value, s.Revision)
	if !s.Exact {
		text += " or later"
	}
	return text
}

// ID returns "versioned-register".
func (VersionedRegister) ID() string { return "versioned-register" }

// Name returns "versioned register".
func (VersionedRegister) Name() string { return "versioned register" }

// Admit knows read, write, cas and delete.
func (VersionedRegister) Admit(in history.Input) error {
	return only(in, history.Read, history.Write, history.CAS, history.Delete)
}

// Hints returns what is known of its operations.
func (m VersionedRegister) Hints() model.Hints[VersionedState] {
	return model.Hints[VersionedState]{Kind: m.kind, Prune: m.prune, Removable: m.removable}
}

// Init returns the absent value at revision 0.
func (VersionedRegister) Init() VersionedState { return VersionedState{} }

// Step applies op.
func (VersionedRegister) Step(s VersionedState, op history.Op) (next VersionedState, ok bool) {
	value, ok := KV{}.Step(s.Value, op)
	switch {
	case !ok:
		return s, false
	case op.In.F == history.Read, op.In.F == history.CAS && told(op) && !op.Out.Swapped:
		return s.observe(op)
	case op.In.F == history.CAS && s.Value != op.In.Expect:
		return s, true // of unknown outcome, and without effect
	case op.In.F == history.Delete && s.Value == history.Absent:
		return s, true // whatever it told, nothing was there to change
	default:
		return s.change(value, op)
	}
}

// observe learns the revision of what a read or a refused compare-and-set found.
func (s VersionedState) observe(op history.Op) (next VersionedState, ok bool) {
	r := op.Out.Revision
	switch {
	case !told(op) || r == 0 || s.Value == history.Absent:
		return s, true
	case s.Exact:
		return s, r == s.Revision
	default:
		return VersionedState{Value: s.Value, Revision: r, Exact: true}, r >= s.Revision
	}
}

// change stores a value under the revision that op tells, or the next one.
func (s VersionedState) change(value history.Value, op history.Op) (next VersionedState, ok bool) {
	r := op.Out.Revision
	if !told(op) || r == 0 {
		return VersionedState{Value: value, Revision: s.Revision + 1}, true
	}
	return VersionedState{Value: value, Revision: r, Exact: true}, r > s.Revision
}

// Why says what op claims of the register, and what that was.
func (VersionedRegister) Why(s VersionedState, op history.Op) string {
	if _, ok := (KV{}).Step(s.Value, op); !ok {
		return KV{}.Why(s.Value, op)
	}
	return fmt.Sprintf("it told revision %d but the register held %s", op.Out.Revision, s)
}

// prune does what that of Register does, where nothing is deleted: without a change that
// nobody observed, each later one still has the greater revision.
func (VersionedRegister) prune(ops []history.Op) []history.Op { return KV{}.prune(ops) }

// removable marks what that of KV does.
func (VersionedRegister) removable(ops []history.Op) []bool { return KV{}.removable(ops) }

// kind knows what finds a value and tells no revision, from which nothing is learnt.
func (VersionedRegister) kind(op *history.Op) model.Kind {
	if changesNothing(op) && op.Out.Revision == 0 {
		return model.Finds
	}
	return model.Transforms
}
