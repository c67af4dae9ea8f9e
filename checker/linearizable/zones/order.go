package zones

import (
	"cmp"
	"slices"
)

// BytesMax is the most bytes for each operation that New and Decide hold, beyond the operations
// and texts, and OrderBytesMax what Linearization holds besides: a test measures them.
const (
	BytesMax      = 256
	OrderBytesMax = 64
)

// Linearization returns an order in which the cell allows the operations: the positions, in
// the operations that New was given, of all that are known to have happened and of the
// stores and swaps of unknown outcome that did. Decide must just have found everything that
// is known (math.MaxInt) legal. It takes O(n log n), and memory linear in the operations.
//
// The chains stand by the earlier end of their zones. That is an order that zones asks for:
// let end(A) < start(B), so that A must precede B, and look at what each stands by.
//   - Both forward: by end(A) and end(B). Their zones do not overlap, so end(A) < end(B).
//   - A forward, B backward: by end(A) and start(B).
//   - A backward, B forward: by start(A) and end(B). B need not precede A, which means that
//     start(A) is at most end(B).
//   - Both backward: by start(A) and start(B), and start(A) is at most end(A).
//
// Along a chain, each store stands before what found its value, and that before the next
// swap. What found the same value stands by invoke, which keeps real time.
func (z *Zones) Linearization() []int {
	chains := slices.Clone(z.chains)
	slices.SortFunc(chains, func(a, b chain) int { return cmp.Compare(min(a.end, a.start), min(b.end, b.start)) })
	first, finds := z.finds()
	order := make([]int, 0, len(z.ops))
	for _, c := range chains {
		for v := c.head; v != none; v = z.clusters[v].next {
			if v != origin {
				order = append(order, int(z.ops[z.clusters[v].store].op))
			}
			for _, i := range finds[first[v]:first[v+1]] {
				order = append(order, int(z.ops[i].op))
			}
		}
	}
	return order
}

// finds returns the accesses that only found a value: those that found v are
// finds[first[v]:first[v+1]], by invoke.
func (z *Zones) finds() (first, finds []int32) {
	first = make([]int32, len(z.clusters)+2)
	onlyFinds := func(a *access) bool { return !a.unknown && a.found >= 0 && a.stored < 0 }
	for i := range z.ops {
		if a := &z.ops[i]; onlyFinds(a) {
			first[a.found+2]++
		}
	}
	for v := 2; v < len(first); v++ {
		first[v] += first[v-1]
	}
	finds = make([]int32, first[len(first)-1])
	for i := range z.ops {
		if a := &z.ops[i]; onlyFinds(a) {
			finds[first[a.found+1]] = int32(i)
			first[a.found+1]++
		}
	}
	return first[:len(z.clusters)+1], finds
}
