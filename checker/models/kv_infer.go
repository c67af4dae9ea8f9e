package models

import (
	"slices"
	"strconv"

	"senkei/checker/model"
	"senkei/history"
)

// appended is a KV of which it is known what each append of a history did.
type appended struct {
	KV
	made map[int]made // by ID
	torn map[int]bool // by ID: the append shows in values that it cannot both have made
	size int          // of what was made, in bytes
}

// madeBytesMax bounds what is kept of values that appends made and nobody found, which may be
// much more than the history holds.
const madeBytesMax = 64 << 20

// made is what an append made of what.
type made struct{ before, after history.Value }

// Infer knows what appends did, if all values are texts and only one operation can have
// made each that was found or expected, and each that such a one was made of.
//
// Then an append that shows in a value that was found took effect when the key held what the
// value begins with: it is a compare-and-set. Any other one made a value that nobody found or
// expects, and of which no such value was made: it is a write of a value like that.
func (KV) Infer(ops []history.Op) (model.Cell[history.Value], bool) { return appendedBy(ops) }

func appendedBy(ops []history.Op) (m appended, ok bool) {
	for _, op := range ops {
		v, ok := stores(op)
		if text, isText := v.Text(); ok && op.In.F != history.Delete && (!isText || text == "") {
			return m, false
		}
	}
	o := newOrigins(ops)
	m = appended{made: map[int]made{}, torn: map[int]bool{}}
	for _, op := range ops {
		if v, ok := saw(op); ok && !m.trace(ops, o, v) {
			return m, false
		}
	}
	for _, op := range ops {
		if op.In.F == history.CAS && op.Outcome == history.Unknown && !m.tells(ops, o, op.In.Expect) {
			return m, false
		}
	}
	return m, true
}

// trace finds out by which appends v, which was there, came about. It returns false if that
// is not clear, or takes too much memory.
func (m *appended) trace(ops []history.Op, o origins, v history.Value) bool {
	for v != history.Absent {
		n, position, before := o.of(v)
		if position == nowhere {
			return n <= 1
		}
		id := ops[position].ID
		if known, ok := m.made[id]; ok {
			if known.after != v {
				m.torn[id] = true
			}
			return true // what that was made of has been traced
		}
		m.made[id] = made{before: before, after: v}
		if m.size += len(before); m.size > madeBytesMax {
			return false
		}
		v = before
	}
	return true
}

// tells reports whether m knows if v, which may never have been there, came about by an append.
func (m appended) tells(ops []history.Op, o origins, v history.Value) bool {
	n, position, _ := o.of(v)
	if position == nowhere {
		return n <= 1 || v == history.Absent
	}
	_, known := m.made[ops[position].ID]
	return known
}

// Access says what op did to the key.
func (m appended) Access(op *history.Op) model.Access[history.Value] {
	if op.In.F != history.Append {
		return m.KV.Access(op)
	}
	if m.torn[op.ID] {
		return model.Access[history.Value]{Kind: model.Contradicts}
	}
	if made, ok := m.made[op.ID]; ok {
		return model.Access[history.Value]{Kind: model.Swaps, Found: made.before, Stored: made.after}
	}
	return model.Access[history.Value]{Kind: model.Stores, Stored: unseenBy(op)}
}

// unseenBy returns a value that stands for what an append made which nobody found: no value
// has such a text.
func unseenBy(op *history.Op) history.Value { return history.Value("append " + strconv.Itoa(op.ID)) }

// registers returns operations on a register that have a legal order if and only if ops on a key
// have one. What deletes and appends did is inferred from the values that were found. ok is
// false where that is not known.
func registers(ops []history.Op) (list []history.Op, ok bool) {
	if asRegister(ops) {
		return ops, true
	}
	m, ok := appendedBy(ops)
	if !ok || len(m.torn) > 0 {
		return nil, false
	}
	list = slices.Clone(ops)
	for i := range list {
		op := &list[i]
		made, shows := m.made[op.ID]
		switch {
		case op.In.F == history.Delete:
			op.In.F = history.Write
		case op.In.F == history.Append && shows:
			op.In.F, op.In.Expect, op.In.Value = history.CAS, made.before, made.after
			op.Out.Swapped = op.Outcome == history.OK
		case op.In.F == history.Append:
			op.In.F, op.In.Value = history.Write, unseenBy(op)
		}
	}
	return list, true
}
