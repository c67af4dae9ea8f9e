package models

import (
	"fmt"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// refuted is the decision that ops are not linearizable, shown by those at these positions.
func refuted(proof []int, why string, args ...any) model.Decision {
	slices.Sort(proof)
	return model.Decision{Proof: slices.Compact(proof), Why: fmt.Sprintf(why, args...)}
}

// count returns how many operations of a function may have taken effect.
func count(ops []history.Op, f history.Func) int {
	n := 0
	for i := range ops {
		if ops[i].In.F == f && ops[i].Outcome != history.Failed {
			n++
		}
	}
	return n
}

// verdictOf returns the decision, or one of no meaning if there is none.
func verdictOf(d *model.Decision) model.Decision {
	if d == nil {
		return model.Decision{}
	}
	return *d
}
