package search

import (
	"math/bits"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// lookahead knows what is still needed.
type lookahead[S comparable] struct {
	model.Lookahead[S]
	last map[int32]int // by thing: where the last operation began that needs it
}

// lookaheadBytes is how much a lookahead takes for each operation, about.
const lookaheadBytes = 200

// lookAhead returns nil if the model does not.
func lookAhead[S comparable](m model.Model[S], ops []history.Op) *lookahead[S] {
	ahead := model.HintsOf(m).Lookahead
	if ahead == nil {
		return nil
	}
	s := &lookahead[S]{Lookahead: ahead(ops), last: map[int32]int{}}
	for i, needs := range s.Needs {
		for _, thing := range needs {
			s.last[thing] = ops[i].Invoke // they come by Invoke
		}
	}
	return s
}

// isDeadEnd reports whether what op ends in c is needed by another operation, which has
// not taken effect.
func (w *walker[S]) isDeadEnd(c configuration, op int32) bool {
	if w.lookahead == nil {
		return false
	}
	now := w.Ops[w.Events[w.at].Op].Complete // where something ends
	for _, thing := range w.lookahead.Ends(w.list[c.state()], int(op)) {
		if w.lookahead.last[thing] > now || w.isNeeded(c, thing, op) {
			return true
		}
	}
	return false
}

// isNeeded reports whether an open operation of c, but for one, needs a thing.
func (w *walker[S]) isNeeded(c configuration, thing, but int32) bool {
	for i, word := range w.must(c) {
		for ; word != 0; word &= word - 1 {
			op := w.occupant[i*64+bits.TrailingZeros64(word)]
			if op != but && slices.Contains(w.lookahead.Needs[op], thing) {
				return true
			}
		}
	}
	return false
}
