package models

import "senkei/history"

// Foresee knows the values that can have come about only when one certain operation took
// effect: it alone stored or appended a text with which the value ends. Where nothing is
// deleted, the absence of a value is one as well.
func (m KV) Foresee(ops []history.Op) (needs [][]int32, ends func(s history.Value, op int) []int32) {
	o := newOrigins(ops)
	things := map[history.Value]int32{}
	needs = make([][]int32, len(ops))
	for i, op := range ops {
		v, ok := saw(op)
		if !ok || op.In.F == history.Append || op.In.F == history.Delete || o.of(v) > 1 {
			continue
		}
		n, known := things[v]
		if !known {
			n = int32(len(things))
			things[v] = n
		}
		needs[i] = []int32{n}
	}
	var gone []int32
	return needs, func(s history.Value, op int) []int32 {
		gone = gone[:0]
		n, known := things[s]
		if !known {
			return gone
		}
		if next, _ := m.Step(s, ops[op]); next != s {
			gone = append(gone, n)
		}
		return gone
	}
}

// origins counts the operations that store something, by what that is, and by the text.
type origins struct {
	values  map[history.Value]int
	texts   map[string]int
	lengths []int // of texts, in bytes, each once
}

func newOrigins(ops []history.Op) origins {
	o := origins{values: map[history.Value]int{history.Absent: 1}, texts: map[string]int{}}
	has := map[int]bool{}
	for _, op := range ops {
		v, ok := stores(op)
		if op.In.F == history.Delete {
			v, ok = history.Absent, true
		}
		if !ok {
			continue
		}
		text, isText := v.Text()
		if !isText {
			o.values[v]++
			continue
		}
		if o.texts[text]++; !has[len(text)] {
			has[len(text)] = true
			o.lengths = append(o.lengths, len(text))
		}
	}
	return o
}

// of returns how many operations may have made v of what was there before.
func (o origins) of(v history.Value) int {
	text, isText := v.Text()
	if !isText {
		return o.values[v]
	}
	n := 0
	for _, length := range o.lengths {
		if length <= len(text) {
			n += o.texts[text[len(text)-length:]]
		}
	}
	return n
}
