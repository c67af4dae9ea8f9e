package models

import (
	"slices"

	"senkei/history"
)

// prune drops operations of unknown outcome that stored a value which nobody observed,
// and ends others where their value was first observed. Both keep the verdict.
//
// A value v is observed by a result that says that the register held v (a read, a
// successful compare-and-set from v, one that was refused because it found v), and by a
// compare-and-set from v of unknown outcome. Let w be of unknown outcome and store an
// unobserved v. If the other operations can be ordered, then also with w: it comes last,
// where no result depends on it. If they can be ordered with w, then also without: let w
// take effect in that order, and look at the operations from there to the next one that
// stores something. None has a result, because it would observe v, and so none notices
// what the register holds instead; the compare-and-sets of unknown outcome among them,
// which might now find what they expect, can be moved to the end of the order, for they
// have no end. The next one that stores something is a write, because a compare-and-set
// would have to expect v. Here it does not matter how often v is stored.
//
// A value that exactly one operation stores, of unknown outcome, and that a result
// observes, is in the register before that observer ends. So that operation took effect
// before as well, in every order. The values of more than one operation do not tell whose
// effect was observed; they are left alone.
func (Register) prune(ops []history.Op) []history.Op {
	for {
		observed := observers(ops)
		kept := slices.DeleteFunc(slices.Clone(ops), func(op history.Op) bool {
			v, ok := stores(op)
			_, needed := observed[v]
			return op.Outcome == history.Unknown && ok && !needed
		})
		if len(kept) == len(ops) {
			return endAtFirstObserver(kept, observed)
		}
		ops = kept // a compare-and-set that went may have been the last observer of another value
	}
}

// observers returns, for each value that is observed, where the first result that
// observes it ended: history.Never if there is only an unknown compare-and-set.
func observers(ops []history.Op) map[history.Value]int {
	observed := map[history.Value]int{}
	observe := func(v history.Value, end int) {
		if earlier, ok := observed[v]; !ok || end < earlier {
			observed[v] = end
		}
	}
	for _, op := range ops {
		if v, ok := saw(op); ok {
			observe(v, op.Complete)
		} else if op.In.F == history.CAS && op.Outcome == history.Unknown {
			observe(op.In.Expect, history.Never)
		}
	}
	return observed
}

// endAtFirstObserver changes ops, which belong to the caller.
func endAtFirstObserver(ops []history.Op, observed map[history.Value]int) []history.Op {
	stored := map[history.Value]int{}
	for _, op := range ops {
		if v, ok := stores(op); ok {
			stored[v]++
		}
	}
	for i, op := range ops {
		v, ok := stores(op)
		if !ok || op.Outcome != history.Unknown || stored[v] != 1 {
			continue
		}
		// An observer that ended before the operation began is a violation, which the
		// search finds.
		if end, seen := observed[v]; seen && end > op.Invoke {
			ops[i].Complete = end
		}
	}
	return ops
}

// removable marks what changes nothing, which is reads and refused compare-and-sets, and what
// stores a value that no operation observes. Leaving such a write or compare-and-set out
// of a legal order leaves a legal one, for the reasons given at Prune; the other way
// round does not hold, so that Prune must keep those that are known to have happened.
func (Register) removable(ops []history.Op) []bool {
	observed := observers(ops)
	return marking(func(op *history.Op) bool {
		v, ok := stores(*op)
		_, needed := observed[v]
		return !ok || !needed
	})(ops)
}
