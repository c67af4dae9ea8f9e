package linearizable

import (
	"context"

	"senkei/checker/model"
	"senkei/history"
)

// windows looks for a violation in windows around the place where the leading search does
// not get on for a turn, and as long as it does not: small ones first, which cost next to
// nothing, and then larger ones, until they reach the beginning or go far.
type windows struct {
	*timeline
	lead *standing
	// open returns a search of the window from one position to another one, where the end of
	// op is in question; nil if it knows none.
	open    func(op *history.Op, from, to int) windowSearch
	first   int // events to either side in the first window
	at      int // events that the leading search had reached
	around  int // events to either side of at in current
	current windowSearch
}

// windowSearch is a search that says how many steps of the model it has taken, and in how
// many operations.
type windowSearch interface {
	search
	taken() int
	operations() int
}

// windowFirst is how many events, or ends, the first window looks back, and windowGrowth how
// many times as many each further one does. Beyond windowMost a search of all is as good.
const (
	windowFirst  = 4
	windowGrowth = 4
	windowMost   = 1 << 12
)

func newWindows(t *timeline, lead *standing, open func(op *history.Op, from, to int) windowSearch) *windows {
	return &windows{timeline: t, lead: lead, open: open, first: windowFirst, at: int(none)}
}

func (w *windows) name() string { return "search of windows" }
func (w *windows) reached() int { return int(none) }

func (w *windows) turn(ctx context.Context, steps int, bytes int64) answer {
	if w.lead.over {
		return silent
	}
	if w.at != w.lead.events {
		w.at, w.around, w.current = w.lead.events, 0, nil
		return ended(ctx)
	}
	if w.around == 0 {
		w.look(w.first)
	}
	for steps > 0 && w.current != nil {
		before := w.current.taken()
		if a := w.current.turn(ctx, steps, bytes-timelineBytes(w.current.operations())); a != legal {
			return a
		}
		steps -= w.current.taken() - before
		w.look(w.around * windowGrowth)
	}
	return ended(ctx)
}

// look opens the window with so many events to either side, if it begins after the beginning.
func (w *windows) look(around int) {
	w.around, w.current = around, nil
	if around <= min(w.at-1, windowMost) && w.at < len(w.events) {
		e := w.events[w.at]
		last := min(w.at+around, len(w.events)-1)
		w.current = w.open(&w.ops[e.op], w.position(w.events[w.at-around]), w.position(w.events[last]))
	}
}

// valueWindows returns how to open windows of the projection to what an operation found; nil
// where it found nothing.
func valueWindows[S comparable](m model.Cell[S], ops []history.Op) func(op *history.Op, from, to int) windowSearch {
	return func(op *history.Op, from, to int) windowSearch {
		does := m.Access(op)
		if does.Kind != model.Finds && does.Kind != model.Swaps {
			return nil
		}
		return valueWindow(m, ops, does.Found, from, to)
	}
}

// cellWindows returns how to open windows of the cell itself.
func cellWindows[S comparable](m model.Cell[S], ops []history.Op) func(op *history.Op, from, to int) windowSearch {
	return func(_ *history.Op, from, to int) windowSearch { return cellWindow(m, ops, from, to) }
}
