package models

import (
	"senkei/checker/model"
	"senkei/history"
)

// lookahead knows the values of which one transaction at most stores them in their key, to
// which nobody appends: once overwritten, such a value is gone for ever.
func (m Store) lookahead(ops []history.Op) model.Lookahead[StoreState] {
	s := m.sightings(ops)
	things := numbers[cellValue]{}
	needs := make([][]int32, len(ops))
	writes := make([][]string, len(ops))
	for i := range ops {
		written := map[string]bool{}
		for _, part := range m.micros(&ops[i]) {
			v := cellValue{part.Key, part.Value}
			switch {
			case part.F == history.Write && !s.lists[part.Key]:
				writes[i] = append(writes[i], part.Key)
				written[part.Key] = true
			case part.F != history.Read || !told(ops[i]) || written[part.Key] || !s.once(v):
			default:
				needs[i] = append(needs[i], things.of(v))
			}
		}
	}
	var gone []int32
	return model.Lookahead[StoreState]{Needs: needs, Ends: func(s StoreState, op int) []int32 {
		gone = gone[:0]
		for _, key := range writes[op] {
			if n, ok := things[cellValue{key, s.get(key)}]; ok {
				gone = append(gone, n)
			}
		}
		return gone
	}}
}

// once reports whether v comes into its key at most once, by one transaction or at the
// beginning, and nothing else looks like it.
func (s sightings) once(v cellValue) bool {
	most := 1
	if v.value == history.Absent {
		most = 0
	}
	return s.stored[v] <= most && !s.lists[v.key] && !v.value.IsList()
}
