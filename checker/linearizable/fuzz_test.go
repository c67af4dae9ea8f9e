package linearizable_test

import (
	"strings"
	"testing"

	"senkei/checker"
	"senkei/history"
)

// decoded makes a small history of a register of bytes: each begins an operation, or ends one
// that is open. Whatever the bytes are, the history is one.
func decoded(bytes []byte) []history.Op {
	const most, clients = 7, 5
	values := []history.Value{history.Absent, "0", "1", "2"}
	var ops []history.Op
	var open []int
	position := 0
	for _, b := range bytes {
		b, what := b>>2, b&3
		if what < 2 && len(ops) < most && len(open) < clients {
			op := history.Op{ID: len(ops), Process: history.Process(len(ops)), Invoke: position, Complete: history.Never}
			op.In.F = []history.Func{history.Read, history.Write, history.CAS, history.CAS}[b&3]
			if op.In.F != history.Read {
				op.In.Value = values[1+b>>2%3]
			}
			if op.In.F == history.CAS {
				op.In.Expect = values[b>>4]
			}
			open = append(open, len(ops))
			ops = append(ops, op)
			position++
			continue
		}
		if len(open) == 0 {
			continue
		}
		at := int(b) % len(open)
		op := &ops[open[at]]
		open = append(open[:at], open[at+1:]...)
		if b>>3 == 7 {
			continue // nobody will know
		}
		op.Outcome, op.Complete = history.OK, position
		position++
		switch value := values[b>>3&3]; {
		case b>>3 == 6:
			op.Outcome = history.Failed
		case op.In.F == history.Read:
			op.Out.Value = value
		case op.In.F == history.CAS && value == op.In.Expect:
			op.Out.Swapped = true
		case op.In.F == history.CAS:
			op.Out.Value = value
		}
	}
	return ops
}

func FuzzEveryAlgorithmAgreesWithTryingEveryOrder(f *testing.F) {
	f.Add([]byte{1 << 2, 2, 0, 3})
	f.Add([]byte{4, 0, 24, 2, 62, 2, 0, 14, 30, 4, 8, 130, 2, 2})
	f.Add([]byte("some text is a history as well, and a long one"))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		ops := decoded(bytes)
		want := checker.Invalid
		if oracle(ops) {
			want = checker.Valid
		}
		for _, a := range append(checker.Algorithms(), checker.AllAlgorithms) {
			v := register.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{Algorithm: a})
			if v.Status != want && !(v.Status == checker.Unknown && strings.Contains(v.Reason, "has no answer")) {
				t.Errorf("%q: %s %s instead of %s: %s", a, v.Status, v.Reason, want, dump(ops))
			}
			if v.Status == checker.Invalid && oracle(checker.CoreOf(v.Evidence).Ops) {
				t.Errorf("%q: the core is linearizable: %s", a, dump(checker.CoreOf(v.Evidence).Ops))
			}
		}
		for _, m := range []checker.Keyed{plain, kv} {
			if v := m.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{}); v.Status != want {
				t.Errorf("%s: %s instead of %s: %s", m.Name(), v.Status, want, dump(ops))
			}
		}
	})
}
