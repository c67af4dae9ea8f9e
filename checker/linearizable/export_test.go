package linearizable

import (
	"math"

	"senkei/checker/model"
	"senkei/history"
)

// ByZones decides by zones alone, where they apply.
func ByZones[S comparable](m model.Cell[S], ops []history.Op) (legal, applies bool) {
	_, legal, applies = newZones(m, ops).decide(math.MaxInt)
	return legal, applies
}
