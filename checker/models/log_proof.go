package models

import (
	"math"
	"slices"

	"senkei/history"
)

// shown reports whether an operation tells where the append at a position is.
func (l *logOffsets) shown(i int) bool { return l.placeOf[i] != nowhere && !l.filled[i] }

// highest returns the highest offset that op tells, if it tells any.
func highest(op history.Op) (offset int64, tells bool) {
	if !told(op) {
		return 0, false
	}
	if op.In.F == history.Append {
		return whole(op.Out.Value, math.MaxInt64)
	}
	offset, _ = whole(op.In.Value, math.MaxInt64)
	offset--
	for range op.Out.Value.Elements() {
		offset, tells = offset+1, true
	}
	return offset, tells
}

// complete returns the positions of some operations that contradict each other, with the
// appends that may not be left out if these stay. What the former tell holds whatever else
// was appended, so they still contradict each other.
func (l *logOffsets) complete(some []int) []int {
	top, last := int64(nowhere), nowhere
	for _, i := range some {
		if offset, tells := highest(l.ops[i]); tells {
			top, last = max(top, offset), max(last, l.ops[i].Complete)
		}
	}
	proof := slices.Clone(some)
	for i, op := range l.ops {
		if op.In.F != history.Append || op.Outcome == history.Failed {
			continue
		}
		if offset, tells := highest(op); tells && offset <= top {
			proof, last = append(proof, i), max(last, op.Complete)
		}
	}
	for i, op := range l.ops {
		if op.In.F != history.Append || op.Outcome == history.Failed || op.Invoke > last {
			continue
		}
		if _, tells := highest(op); !tells && (!l.shown(i) || int64(l.placeOf[i]) <= top) {
			proof = append(proof, i)
		}
	}
	return proof
}
