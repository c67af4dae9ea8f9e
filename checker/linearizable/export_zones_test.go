package linearizable

import (
	"math"

	"senkei/checker/model"
	"senkei/history"
)

// What zones hold at most.
const (
	ZonesBytesMax      = zonesBytesMax
	ZonesOrderBytesMax = zonesOrderBytesMax
)

// OrderByZones returns the order that zones know of operations that they find legal.
func OrderByZones[S comparable](m model.Cell[S], ops []history.Op) (order []int, legal bool) {
	z := newZones(m, ops)
	if _, legal, applies := z.decide(math.MaxInt); !legal || !applies {
		return nil, false
	}
	return z.linearization(), true
}
