package models

import (
	"fmt"
	"slices"

	"senkei/checker"
)

// refuted is the decision that ops are not linearizable, shown by those at these positions.
func refuted(proof []int, why string, args ...any) checker.Decision {
	slices.Sort(proof)
	return checker.Decision{Proof: slices.Compact(proof), Why: fmt.Sprintf(why, args...)}
}

// verdictOf returns the decision, or one of no meaning if there is none.
func verdictOf(d *checker.Decision) checker.Decision {
	if d == nil {
		return checker.Decision{}
	}
	return *d
}
