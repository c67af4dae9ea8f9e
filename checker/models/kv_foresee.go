package models

import "senkei/history"

// Foresee knows the values that can have come about only when one certain operation took
// effect, because no other one stored or appended that.
func (m KV) Foresee(ops []history.Op) (needs [][]int32, ends func(s history.Value, op int) []int32) {
	o := newOrigins(ops)
	things := map[history.Value]int32{}
	needs = make([][]int32, len(ops))
	for i, op := range ops {
		v, ok := found(op)
		if n, _, _ := o.of(v); !ok || n > 1 {
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

// found returns what a key must have held when op took effect, if its result says.
func found(op history.Op) (history.Value, bool) {
	if op.In.F != history.Read && op.In.F != history.CAS {
		return history.Absent, false
	}
	return saw(op)
}
