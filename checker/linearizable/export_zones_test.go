package linearizable

import (
	"math"

	"senkei/checker/linearizable/zones"
	"senkei/checker/model"
	"senkei/history"
)

// What zones hold at most.
const (
	ZonesBytesMax      = zones.BytesMax
	ZonesOrderBytesMax = zones.OrderBytesMax
)

// OrderByZones returns the order that zones know of operations that they find legal.
func OrderByZones[S comparable](m model.Cell[S], ops []history.Op) (order []int, legal bool) {
	z := zones.New(m, ops)
	if _, legal, applies := z.Decide(math.MaxInt); !legal || !applies {
		return nil, false
	}
	return z.Linearization(), true
}
