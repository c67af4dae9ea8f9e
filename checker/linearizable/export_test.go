package linearizable

import (
	"math"

	"senkei/checker/linearizable/zones"
	"senkei/checker/model"
	"senkei/history"
)

// ByZones decides by zones alone, where they apply.
func ByZones[S comparable](m model.Cell[S], ops []history.Op) (legal, applies bool) {
	_, legal, applies = zones.New(m, ops).Decide(math.MaxInt)
	return legal, applies
}
