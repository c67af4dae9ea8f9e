package linearizable

import (
	"context"

	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/relax"
	"senkei/checker/linearizable/search"
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
	line := search.NewTimeline(ops, model.KindOf[S](m))
	for at := range line.Events {
		for _, open := range []func(*history.Op, int, int) relax.WindowSearch{relax.ValueWindows(m, ops), relax.CellWindows(m, ops)} {
			w := relax.NewWindows(line, &engine.Progress{Events: at}, open)
			w.First = 1
			for range 2 {
				if w.Turn(context.Background(), engine.MaxSteps, engine.Beyond) == engine.Illegal {
					return true
				}
			}
		}
	}
	return false
}
