package linearizable

import (
	"context"

	"senkei/checker/model"
	"senkei/history"
)

// RefutedByWindows reports whether a window around any event, of one value or of the cell, is
// illegal. pruned leaves out first what the search leaves out.
func RefutedByWindows[S comparable](m model.Cell[S], ops []history.Op, pruned bool) bool {
	p := portfolio[S]{model: m, cell: m}
	if ops = model.Relevant(ops); pruned {
		ops = p.searched(ops)
	}
	line := newTimeline(ops, model.KindOf[S](m))
	for at := range line.events {
		for _, open := range []func(*history.Op, int, int) windowSearch{valueWindows(m, ops), cellWindows(m, ops)} {
			w := newWindows(line, &standing{events: at}, open)
			w.first = 1
			for range 2 {
				if w.turn(context.Background(), maxSteps, beyond) == illegal {
					return true
				}
			}
		}
	}
	return false
}
