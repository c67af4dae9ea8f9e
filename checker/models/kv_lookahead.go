package models

import (
	"senkei/checker/model"
	"senkei/history"
)

// lookahead knows the values that can have come about only when one certain operation took
// effect, because no other one stored or appended that.
func (m KV) lookahead(ops []history.Op) model.Lookahead[history.Value] {
	o := newOrigins(ops)
	things := numbers[history.Value]{}
	needs := make([][]int32, len(ops))
	for i, op := range ops {
		v, ok := saw(op)
		if n, _, _ := o.of(v); !ok || n > 1 {
			continue
		}
		needs[i] = []int32{things.of(v)}
	}
	var gone []int32
	return model.Lookahead[history.Value]{Needs: needs, Ends: func(s history.Value, op int) []int32 {
		gone = gone[:0]
		n, known := things[s]
		if !known {
			return gone
		}
		if next, _ := m.Step(s, ops[op]); next != s {
			gone = append(gone, n)
		}
		return gone
	}}
}
