package main

import (
	"slices"

	"github.com/anishathalye/porcupine"

	"senkei/history"
)

// bits is a set of small numbers. It ends with a word that is not 0, so that equal sets are
// equal slices.
type bits []uint64

const wordBits = 64

// with returns a copy that has n.
func (b bits) with(n int64) bits {
	c := make(bits, max(len(b), int(n/wordBits)+1))
	copy(c, b)
	c[n/wordBits] |= 1 << (n % wordBits)
	return c
}

func bitsOf(list history.Value) bits {
	var b bits
	for v := range list.Elements() {
		n := number(v)
		for int64(len(b)) <= n/wordBits {
			b = append(b, 0)
		}
		b[n/wordBits] |= 1 << (n % wordBits)
	}
	return b
}

func setCall(op history.Op) (in, out any, ok bool) {
	if op.In.F == history.Read {
		return call{verb: reads}, bitsOf(op.Out.Value), op.Outcome == history.OK
	}
	return call{verb: adds, value: number(op.In.Value)}, nil, true
}

// setModel has the elements as its state.
func setModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return bits(nil) },
		Step: func(state, input, output any) (bool, any) {
			held, in := state.(bits), input.(call)
			if in.verb == reads {
				return slices.Equal(held, output.(bits)), state
			}
			return true, held.with(in.value)
		},
		Equal: func(a, b any) bool { return slices.Equal(a.(bits), b.(bits)) },
		Hash:  func(state any) uint64 { return hashOf(state.(bits)) },
	}
}

// part is one read or write of a transaction. A read whose answer is unknown is left out.
type part struct {
	key    int
	writes bool
	value  int64
}

func storeCall(op history.Op) (in, out any, ok bool) {
	done := op.In.Value
	if op.Outcome == history.OK {
		done = op.Out.Value
	}
	var parts []part
	for m := range done.Micros() {
		if m.F == history.Write || op.Outcome == history.OK {
			parts = append(parts, part{storeKey(m.Key), m.F == history.Write, number(m.Value)})
		}
	}
	return parts, nil, len(parts) > 0
}

type storeState [len(storeKeys)]int64

// storeModel has the values of the keys as its state.
func storeModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return storeState{nothing, nothing, nothing, nothing, nothing} },
		Step: func(state, input, _ any) (bool, any) {
			held := state.(storeState)
			for _, p := range input.([]part) {
				if p.writes {
					held[p.key] = p.value
				} else if held[p.key] != p.value {
					return false, state
				}
			}
			return true, held
		},
		Equal: func(a, b any) bool { return a.(storeState) == b.(storeState) },
		Hash:  func(state any) uint64 { s := state.(storeState); return hashOf(s[:]) },
	}
}
