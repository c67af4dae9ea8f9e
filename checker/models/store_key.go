package models

import (
	"maps"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// storeKey is one key of a Store, and its operations are transactions on that key alone:
// what a transaction read first there and wrote last are a read, a write or a
// compare-and-set of a Register.
type storeKey struct{}

var (
	_ model.Hinter[history.Value]    = storeKey{}
	_ model.Cell[history.Value]      = storeKey{}
	_ model.Explainer[history.Value] = storeKey{}
)

// Divide returns what was done to each key that has a name, is only read and written, never
// holds a list, and of which no transaction contradicts itself.
func (Store) Divide(ops []history.Op) []model.Part {
	parts, skip := map[string][]history.Op{}, map[string]bool{}
	for _, op := range ops {
		done := byKey(op.Out.Value)
		for key, asked := range byKey(op.In.Value) {
			part := op
			part.In.Value = history.Transaction(asked...)
			if told(op) {
				part.Out.Value = history.Transaction(done[key]...)
			}
			parts[key] = append(parts[key], part)
			skip[key] = skip[key] || isComplex(part)
		}
	}
	var list []model.Part
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		if !skip[key] && key != "" {
			list = append(list, model.Part{Name: key, Cell: storeKey{}, Ops: parts[key]})
		}
	}
	return list
}

// byKey divides a transaction.
func byKey(transaction history.Value) map[string][]history.Micro {
	keys := map[string][]history.Micro{}
	for m := range transaction.Micros() {
		keys[m.Key] = append(keys[m.Key], m)
	}
	return keys
}

// isComplex reports whether a transaction on one key is more than a read, then a write: it
// has to do with lists, or read something else than it had read or written before.
func isComplex(op history.Op) bool {
	held, known := history.Absent, false
	for m := range carriedOut(&op).Micros() {
		if m.F == history.Append || m.Value.IsList() || told(op) && m.F == history.Read && known && m.Value != held {
			return true
		}
		if m.F == history.Write || told(op) {
			held, known = m.Value, true
		}
	}
	return false
}

// register returns what op is to a register.
func (storeKey) register(op history.Op) history.Op {
	var found, stored history.Value
	reads, writes, key := false, false, ""
	for m := range carriedOut(&op).Micros() {
		switch key = m.Key; {
		case m.F == history.Write:
			stored, writes = m.Value, true
		case !writes && told(op):
			found, reads = m.Value, true
		}
	}
	switch {
	case reads && writes:
		op.In = history.Input{F: history.CAS, Key: key, Expect: found, Value: stored}
		op.Out = history.Output{Swapped: true}
	case writes:
		op.In, op.Out = history.Input{F: history.Write, Key: key, Value: stored}, history.Output{}
	default:
		op.In, op.Out = history.Input{F: history.Read, Key: key}, history.Output{Value: found}
	}
	return op
}

func (k storeKey) registers(ops []history.Op) []history.Op {
	list := make([]history.Op, len(ops))
	for i, op := range ops {
		list[i] = k.register(op)
	}
	return list
}

// ID returns "store-key".
func (storeKey) ID() string { return "store-key" }

// Name returns "key of a store".
func (storeKey) Name() string { return "key of a store" }

// Hints returns what is known of its operations.
func (m storeKey) Hints() model.Hints[history.Value] {
	return model.Hints[history.Value]{Removable: m.removable, Closure: m.closure}
}

// Init returns history.Absent.
func (storeKey) Init() history.Value { return history.Absent }

// Step applies op to a key that holds s.
func (k storeKey) Step(s history.Value, op history.Op) (next history.Value, ok bool) {
	return Register{}.Step(s, k.register(op))
}

// Why says what op claims of the key, and what that held.
func (k storeKey) Why(s history.Value, op history.Op) string {
	return Register{}.Why(s, k.register(op))
}

// Access says what op does to the key.
func (k storeKey) Access(op *history.Op) model.Access[history.Value] {
	as := k.register(*op)
	return Register{}.Access(&as)
}

// removable marks what that of Register does.
func (k storeKey) removable(ops []history.Op) []bool { return Register{}.removable(k.registers(ops)) }

// closure completes as that of Register does.
func (k storeKey) closure(ops []history.Op) func(part []int, most int) []int {
	return Register{}.closure(k.registers(ops))
}

// Explain says what that of Register does.
func (k storeKey) Explain(ops, core []history.Op, culprit history.Op) []string {
	return Register{}.Explain(k.registers(ops), k.registers(core), k.register(culprit))
}

// Infer infers nothing: Access tells all.
func (storeKey) Infer([]history.Op) (model.Cell[history.Value], bool) { return nil, false }

// Admit knows transactions.
func (storeKey) Admit(in history.Input) error { return Store{}.Admit(in) }
