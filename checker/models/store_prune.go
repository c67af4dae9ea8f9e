package models

import (
	"slices"

	"senkei/history"
)

// cellValue is a value of a key of a store.
type cellValue struct {
	key   string
	value history.Value
}

// sightings is what some transactions found and left.
type sightings struct {
	found  map[cellValue]int // where the first result that says so ended, of elements of lists as well
	stored map[cellValue]int // how many transactions may have
	lists  map[string]bool   // keys that somebody appends to: what these hold nobody need have stored
}

func (m Store) sightings(ops []history.Op) sightings {
	s := sightings{found: map[cellValue]int{}, stored: map[cellValue]int{}, lists: map[string]bool{}}
	for i := range ops {
		for _, part := range m.micros(&ops[i]) {
			v := cellValue{part.Key, part.Value}
			switch {
			case part.F == history.Append:
				s.lists[part.Key] = true
			case part.F == history.Write:
				s.stored[v]++
			case !told(ops[i]):
			default:
				s.find(v, ops[i].Complete)
				for element := range part.Value.Elements() {
					s.find(cellValue{part.Key, element}, ops[i].Complete)
				}
			}
		}
	}
	return s
}

// find notes that a result says v, which ended at a position.
func (s *sightings) find(v cellValue, end int) {
	if first, seen := s.found[v]; !seen || end < first {
		s.found[v] = end
	}
}

// unseen reports whether op only stores and appends what nobody found, and no list.
func (s sightings) unseen(micros []history.Micro) bool {
	return !slices.ContainsFunc(micros, func(m history.Micro) bool {
		_, seen := s.found[cellValue{m.Key, m.Value}]
		return m.F != history.Read && (seen || m.Value.IsList())
	})
}

// seenBy returns where something that only op can have stored was first found, as far as it
// is known; history.Never if it was not.
func (s sightings) seenBy(micros []history.Micro) int {
	end := history.Never
	for _, m := range micros {
		v := cellValue{m.Key, m.Value}
		first, seen := s.found[v]
		if m.F == history.Write && seen && s.once(v) {
			end = min(end, first)
		}
	}
	return end
}

// prune drops transactions of unknown outcome that stored only what nobody found, and ends
// others where something that only they can have stored was first found.
//
// Let w be one of the former. If the other operations can be ordered, then also with w: it
// need not have taken effect. If they can be ordered with w, then also without: what a result
// tells of a key is what the last write before it stored there, if any, with all that was
// appended since. All of that was found, so that w did none of it. An append that is known to
// have happened still finds a list or nothing, because no write of a list goes; one of unknown
// outcome that finds one only now need not have taken effect.
func (m Store) prune(ops []history.Op) []history.Op {
	s := m.sightings(ops)
	kept := slices.DeleteFunc(slices.Clone(ops), func(op history.Op) bool {
		return op.Outcome == history.Unknown && s.unseen(m.micros(&op))
	})
	for i, op := range kept {
		if op.Outcome != history.Unknown {
			continue
		}
		// What was found before it began is a violation, which the search finds.
		if end := s.seenBy(m.micros(&op)); end > op.Invoke {
			kept[i].Complete = end
		}
	}
	return kept
}

// removable marks transactions that only read, and those that store and append only what nobody
// found, for the reasons given at Prune.
func (m Store) removable(ops []history.Op) []bool {
	s := m.sightings(ops)
	return marking(func(op *history.Op) bool { return s.unseen(m.micros(op)) })(ops)
}
