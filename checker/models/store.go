package models

import (
	"fmt"
	"slices"
	"strings"

	"senkei/checker/model"
	"senkei/history"
)

// Store is a store of many keys whose transactions read keys, write values and append to
// lists, all at one moment: Knossos' multi-register and Elle's list-append, judged as strict
// serializability (Papadimitriou 1979), which for one store is linearizability. Every key
// begins absent, and a read may return an empty list for an absent key.
//
// A transaction costs a dict's put for each key that it changes. All keys are searched together, so what can be judged is
// much shorter than for single keys.
type Store struct {
	read map[history.Value][]history.Micro // transactions whose text was read already
}

var (
	_ model.Hinter[StoreState]    = Store{}
	_ model.Decider[StoreState]   = Store{}
	_ model.Composite[StoreState] = Store{}
)

// StoreState holds the values of the keys.
type StoreState struct{ values dict }

// String returns the keys with their values, such as "{x: 1, y: [2, 3]}".
func (s StoreState) String() string {
	var pairs []string
	for _, key := range s.values.keys() {
		if len(pairs) == shown {
			pairs = append(pairs, fmt.Sprintf("… %d more", s.values.size-shown))
			break
		}
		pairs = append(pairs, fmt.Sprintf("%s: %s", string(key), s.get(string(key))))
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

func (s StoreState) get(key string) history.Value {
	v, _ := s.values.get(history.Value(key))
	return v
}

func (s StoreState) put(key string, v history.Value) StoreState {
	return StoreState{s.values.put(history.Value(key), v)}
}

// ID returns "store".
func (Store) ID() string { return "store" }

// Name returns "store".
func (Store) Name() string { return "store" }

// Admit knows txn.
func (Store) Admit(in history.Input) error { return only(in, history.Txn) }

// Hints returns what is known of its operations.
func (m Store) Hints() model.Hints[StoreState] {
	return model.Hints[StoreState]{Kind: m.kind, StateBytes: m.stateBytes, Prepare: m.prepare, Lookahead: m.lookahead, Prune: m.prune, Removable: m.removable}
}

// Init returns the store without keys.
func (Store) Init() StoreState { return StoreState{} }

// prepare returns a Store that has read the transactions of ops already.
func (Store) prepare(ops []history.Op) model.Model[StoreState] {
	read := make(map[history.Value][]history.Micro, len(ops))
	for i := range ops {
		if done := carriedOut(&ops[i]); read[done] == nil {
			read[done] = slices.Collect(done.Micros())
		}
	}
	return Store{read}
}

// Step applies op. Of unknown outcome, a transaction that appends to what is no list does
// nothing.
func (m Store) Step(s StoreState, op history.Op) (next StoreState, ok bool) {
	next, _, ok = m.run(s, op)
	return next, ok
}

// Why says where the store differed.
func (m Store) Why(s StoreState, op history.Op) string {
	before, wrong, _ := m.run(s, op)
	held := before.get(wrong.Key)
	if wrong.F == history.Read {
		return fmt.Sprintf("it read %s from %s but that held %s", wrong.Value, wrong.Key, held)
	}
	return fmt.Sprintf("it appended %s to %s but that held %s, which is no list", wrong.Value, wrong.Key, held)
}

// carriedOut returns what a transaction did, as far as that is known.
func carriedOut(op *history.Op) history.Value {
	if op.Outcome == history.OK {
		return op.Out.Value
	}
	return op.In.Value
}

// micros returns what op did.
func (m Store) micros(op *history.Op) []history.Micro {
	if op.In.F != history.Txn {
		foreign("store", op.In)
	}
	done := carriedOut(op)
	if read, ok := m.read[done]; ok {
		return read
	}
	return slices.Collect(done.Micros())
}

// run applies a transaction. If it cannot have returned what it did, wrong is the part that
// shows it, and next the state before that.
func (m Store) run(s StoreState, op history.Op) (next StoreState, wrong history.Micro, ok bool) {
	next = s
	for _, part := range m.micros(&op) {
		held := next.get(part.Key)
		switch {
		case part.F == history.Write:
			next = next.put(part.Key, part.Value)
		case part.F == history.Read:
			empty := held == history.Absent && part.Value == history.List()
			if told(op) && part.Value != held && !empty {
				return next, part, false
			}
		case held == history.Absent:
			next = next.put(part.Key, history.List(part.Value))
		case held.IsList():
			next = next.put(part.Key, extend(held, part.Value))
		case told(op):
			return next, part, false
		default:
			return s, history.Micro{}, true
		}
	}
	return next, history.Micro{}, true
}

// Parts returns the keys of op.
func (m Store) Parts(op history.Op) []string {
	var names []string
	for _, part := range m.micros(&op) {
		names = append(names, part.Key)
	}
	return names
}

// kind knows transactions that only read.
func (Store) kind(op *history.Op) model.Kind {
	for m := range op.In.Value.Micros() {
		if m.F != history.Read {
			return model.Transforms
		}
	}
	return model.Finds
}

// stateBytes counts what a change makes anew.
func (Store) stateBytes(s StoreState) int { return s.values.bytes() }
