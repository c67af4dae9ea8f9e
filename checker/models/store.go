package models

import (
	"fmt"
	"strings"

	"senkei/checker"
	"senkei/history"
)

// Store is a store of many keys whose transactions read keys, write values and append to
// lists, all at one moment: Knossos' multi-register and Elle's list-append, judged as strict
// serializability (Papadimitriou 1979), which for one store is linearizability. Every key
// begins absent, and a read may return an empty list for an absent key.
//
// A transaction costs a dict's put for each key that it changes and, at each step of a
// search, the reading of its text. All keys are searched together, so what can be judged is
// much shorter than for single keys.
type Store struct{}

var (
	_ checker.Model[StoreState] = Store{}
	_ checker.Effector          = Store{}
	_ checker.Admitter          = Store{}
	_ checker.Shrinker          = Store{}
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

// Name returns "store".
func (Store) Name() string { return "store" }

// Admit knows txn.
func (Store) Admit(in history.Input) error { return only(in, history.Txn) }

// Init returns the store without keys.
func (Store) Init() StoreState { return StoreState{} }

// Step applies op. Of unknown outcome, a transaction that appends to what is no list does
// nothing.
func (Store) Step(s StoreState, op history.Op) (next StoreState, ok bool) {
	next, why := run(s, op)
	return next, why == ""
}

// Why says where the store differed.
func (Store) Why(s StoreState, op history.Op) string {
	_, why := run(s, op)
	return why
}

// run applies a transaction, and says why it cannot have returned what it did.
func run(s StoreState, op history.Op) (next StoreState, why string) {
	if op.In.F != history.Txn {
		foreign("store", op.In)
	}
	done := op.In.Value
	if told(op) {
		done = op.Out.Value
	}
	next = s
	for m := range done.Micros() {
		held := next.get(m.Key)
		switch {
		case m.F == history.Write:
			next = next.put(m.Key, m.Value)
		case m.F == history.Read:
			empty := held == history.Absent && m.Value == history.List()
			if told(op) && m.Value != held && !empty {
				return s, fmt.Sprintf("it read %s from %s but that held %s", m.Value, m.Key, held)
			}
		case held == history.Absent:
			next = next.put(m.Key, history.List(m.Value))
		case held.IsList():
			next = next.put(m.Key, extend(held, m.Value))
		case told(op):
			return s, fmt.Sprintf("it appended %s to %s but that held %s, which is no list", m.Value, m.Key, held)
		default:
			return s, ""
		}
	}
	return next, ""
}

// Spare marks transactions that only read.
func (Store) Spare(ops []history.Op) []bool {
	spare := make([]bool, len(ops))
	for i, op := range ops {
		spare[i] = true
		for m := range op.In.Value.Micros() {
			spare[i] = spare[i] && m.F == history.Read
		}
	}
	return spare
}

// Effect knows transactions that only read.
func (Store) Effect(op *history.Op) checker.Effect {
	for m := range op.In.Value.Micros() {
		if m.F != history.Read {
			return checker.Updates
		}
	}
	return checker.Observes
}
