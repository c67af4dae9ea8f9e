package history

import (
	"cmp"
	"iter"
	"slices"
)

// Groups are the operations of a history by key. They take four bytes for each: an operation is
// copied when its key is asked for.
type Groups struct {
	ops    []Op
	keys   []string // ascending
	from   []int    // by key: where its operations begin in order, and behind the last key its end
	order  []int32  // positions in ops, by key and Invoke
	single bool     // there is one key, and no order
}

// Groups sorts the operations by key.
func (h History) Groups() Groups {
	g := Groups{ops: h.Ops}
	numbers := map[string]int32{}
	of := make([]int32, len(h.Ops)) // the key of each operation
	var counts []int
	for i := range h.Ops {
		key := h.Ops[i].In.Key
		if i > 0 && key == h.Ops[i-1].In.Key {
			of[i] = of[i-1]
		} else if n, known := numbers[key]; known {
			of[i] = n
		} else {
			of[i] = int32(len(g.keys))
			numbers[key] = of[i]
			g.keys, counts = append(g.keys, key), append(counts, 0)
		}
		counts[of[i]]++
	}
	if g.single = len(g.keys) == 1; g.single {
		return g
	}
	slices.SortFunc(g.keys, cmp.Compare[string])
	at := make([]int, len(g.keys)) // by number: where the next operation goes
	g.from = make([]int, 1, len(g.keys)+1)
	for i, key := range g.keys {
		n := numbers[key]
		at[n] = g.from[i]
		g.from = append(g.from, g.from[i]+counts[n])
	}
	g.order = make([]int32, len(h.Ops))
	for i, n := range of {
		g.order[at[n]] = int32(i)
		at[n]++
	}
	return g
}

// Keys returns the keys in ascending order.
func (g Groups) Keys() []string { return g.keys }

// Ops returns the operations of a key, by its index in Keys, in the order of Invoke. They are
// to be read only.
func (g Groups) Ops(key int) []Op {
	if g.single { // spares a copy of what may be very long
		return g.ops[:len(g.ops):len(g.ops)]
	}
	order := g.order[g.from[key]:g.from[key+1]]
	ops := make([]Op, len(order))
	for i, at := range order {
		ops[i] = g.ops[at]
	}
	return ops
}

// ByKey yields the operations of each key, keys in ascending order and operations
// by Invoke. IDs keep pointing into h.Ops.
func (h History) ByKey() iter.Seq2[string, []Op] {
	return func(yield func(string, []Op) bool) {
		g := h.Groups()
		for i, key := range g.keys {
			if !yield(key, g.Ops(i)) {
				return
			}
		}
	}
}
