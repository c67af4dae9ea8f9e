package checker

import (
	"math"

	"senkei/history"
)

// ByZones decides by zones alone, where they apply.
func ByZones[S comparable](m Cell[S], ops []history.Op) (legal, applies bool) {
	_, legal, applies = newZones(m, ops).decide(math.MaxInt)
	return legal, applies
}
