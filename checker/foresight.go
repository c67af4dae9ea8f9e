package checker

import (
	"math/bits"
	"slices"

	"senkei/history"
)

// Foreseer is a Model in which some things come about at most once, such as a value that one
// operation only stores. What needs such a thing must take effect before it is gone, and so a
// search need not try what ends it too early.
type Foreseer[S comparable] interface {
	// Foresee numbers the things, and returns of each of ops what must be there when it takes
	// effect, and how to tell what is there in a state and gone for ever once the operation at
	// a position has taken effect in it.
	Foresee(ops []history.Op) (needs [][]int32, ends func(s S, op int) []int32)
}

// foresight knows what is still needed.
type foresight[S comparable] struct {
	needs [][]int32     // by operation
	last  map[int32]int // by thing: where the last operation began that needs it
	ends  func(s S, op int) []int32
}

// foresightBytes is how much foresight takes for each operation, about.
const foresightBytes = 200

// foresee returns nil if the model does not.
func foresee[S comparable](m Model[S], ops []history.Op) *foresight[S] {
	f, ok := m.(Foreseer[S])
	if !ok {
		return nil
	}
	s := &foresight[S]{last: map[int32]int{}}
	s.needs, s.ends = f.Foresee(ops)
	for i, needs := range s.needs {
		for _, thing := range needs {
			s.last[thing] = ops[i].Invoke // they come by Invoke
		}
	}
	return s
}

// leadsNowhere reports whether what op ends in c is needed by another operation, which has
// not taken effect.
func (w *walker[S]) leadsNowhere(c configuration, op int32) bool {
	if w.foresight == nil {
		return false
	}
	now := w.ops[w.events[w.at].op].Complete // where something ends
	for _, thing := range w.foresight.ends(w.list[c.state()], int(op)) {
		if w.foresight.last[thing] > now || w.isOwed(c, thing, op) {
			return true
		}
	}
	return false
}

// isOwed reports whether an open operation of c, but for one, needs a thing.
func (w *walker[S]) isOwed(c configuration, thing, but int32) bool {
	for i, word := range w.owed(c) {
		for ; word != 0; word &= word - 1 {
			op := w.occupant[i*64+bits.TrailingZeros64(word)]
			if op != but && slices.Contains(w.foresight.needs[op], thing) {
				return true
			}
		}
	}
	return false
}
