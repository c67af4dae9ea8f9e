package models

import (
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
// If there are none, there is an order: give each operation the lowest rank that is neither
// below its own least nor below that of an operation that had ended before it began. That is
// at most its most. Sort by rank, and within a rank by time.
func crossed(some []ranked) (early, late ranked, found bool) {
	byEnd := slices.Clone(some)
	slices.SortFunc(byEnd, func(a, b ranked) int { return a.complete - b.complete })
	ended := 0
	for _, late := range some {
		for ; ended < len(byEnd) && byEnd[ended].complete < late.invoke; ended++ {
			if ended == 0 || byEnd[ended].least > early.least {
				early = byEnd[ended]
			}
		}
		if ended > 0 && early.least > late.most {
			return early, late, true
		}
	}
	return early, late, false
}

// endOf returns where op was known to have taken effect. One of unknown outcome may do so
// at any later time.
func endOf(op history.Op) int {
	if op.Outcome == history.OK {
		return op.Complete
	}
	return history.Never
}
