package models

import (
	"cmp"
	"math"
	"slices"

	"senkei/history"
)

// ranked is an operation whose rank in every legal order is known, more or less: operations
// of lower rank come first, those of one rank in any order.
type ranked struct {
	op               int // position in the history
	invoke, complete int
	least, most      int // rank
}

// anyRank is the most of an operation that may come as late as it likes.
const anyRank = history.Never

// crossed looks for two operations, in some that come by invoke, of which the one had ended
// before the other one began, and yet must come after it. It takes O(n log n).
//
// If there are none, there is an order, see inRankOrder.
func crossed(some []ranked) (early, late ranked, found bool) {
	ends := endsOf(some)
	ended := 0
	for _, late := range some {
		for ; ended < len(ends) && ends[ended].complete < late.invoke; ended++ {
			if r := some[ends[ended].index]; ended == 0 || r.least > early.least {
				early = r
			}
		}
		if ended > 0 && early.least > late.most {
			return early, late, true
		}
	}
	return early, late, false
}

// cheapest returns the operation of the least cost of those in some that crossed late.
func cheapest(some []ranked, late ranked, cost func(ranked) int) (early ranked) {
	least := math.MaxInt
	for _, r := range some {
		if r.complete < late.invoke && r.least > late.most && cost(r) < least {
			early, least = r, cost(r)
		}
	}
	return early
}

// inRankOrder returns the positions of some operations, which come by invoke and of which no
// two crossed, in an order that keeps their ranks and real time. It takes O(n log n).
//
// Each operation is given the lowest rank that is neither below its own least nor below that
// of an operation that had ended before it began. That is at most its most, because none
// crossed. The order is by this rank, and within a rank by invoke.
func inRankOrder(some []ranked) []int {
	type place struct{ rank, index int }
	ends := endsOf(some)
	places := make([]place, len(some))
	ended, rank := 0, 0
	for i, op := range some {
		for ; ended < len(ends) && ends[ended].complete < op.invoke; ended++ {
			rank = max(rank, some[ends[ended].index].least)
		}
		places[i] = place{max(rank, op.least), i}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.index, b.index)) })
	order := make([]int, len(some))
	for i, p := range places {
		order[i] = some[p.index].op
	}
	return order
}

// end is where an operation ended.
type end struct {
	complete int
	index    int32 // in some operations
}

// endsOf returns the ends of some operations in their order, without those that never ended.
func endsOf(some []ranked) []end {
	ends := make([]end, 0, len(some))
	for i, r := range some {
		if r.complete != history.Never {
			ends = append(ends, end{r.complete, int32(i)})
		}
	}
	slices.SortFunc(ends, func(a, b end) int { return cmp.Compare(a.complete, b.complete) })
	return ends
}

// endOf returns where op was known to have taken effect. One of unknown outcome may do so
// at any later time.
func endOf(op history.Op) int {
	if op.Outcome == history.OK {
		return op.Complete
	}
	return history.Never
}
