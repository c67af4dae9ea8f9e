package relax

import (
	"context"

	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/search"
	"senkei/checker/model"
	"senkei/history"
)

// windows looks for a violation in windows around the place where the leading search does
// not get on for a turn, and as long as it does not: small ones first, which cost next to
// nothing, and then larger ones, until they reach the beginning or go far. Where none leads,
// it goes from one end to the next one.
type windows struct {
	*search.Timeline
	lead *engine.Progress // of the leading search, or nil
	// open returns a search of the window from one position to another one, where the end of
	// op is in question; nil if it knows none.
	open    func(op *history.Op, from, to int) WindowSearch
	First   int // events to either side in the first window
	at      int // events that the leading search had reached
	around  int // events to either side of at in current
	Current WindowSearch
}

// WindowSearch is a search that says how many steps of the model it has taken, and in how
// many operations.
type WindowSearch interface {
	engine.Engine
	Taken() int
	Operations() int
}

// First is how many events, or ends, the first window looks back, and Growth how
// many times as many each further one does. Beyond windowMost a search of all is as good.
const (
	First      = 4
	Growth     = 4
	windowMost = 1 << 12
)

func NewWindows(t *search.Timeline, lead *engine.Progress, open func(op *history.Op, from, to int) WindowSearch) *windows {
	return &windows{Timeline: t, lead: lead, open: open, First: First, at: engine.Unreached}
}

func (w *windows) Name() string { return "search of windows" }
func (w *windows) Reached() int { return engine.Unreached }

func (w *windows) Turn(ctx context.Context, steps int, bytes int64) engine.Answer {
	if w.lead != nil {
		if w.lead.Over {
			return engine.Silent
		}
		if w.at != w.lead.Events {
			w.at, w.around, w.Current = w.lead.Events, 0, nil
			return engine.Ended(ctx)
		}
		if w.around == 0 {
			w.look(w.First)
		}
	}
	for steps > 0 && (w.Current != nil || w.lead == nil) {
		if w.Current == nil {
			if w.at++; w.at >= len(w.Events) {
				return engine.Silent
			}
			w.look(w.First)
			steps-- // a turn ends also where there is nothing to look at
			continue
		}
		before := w.Current.Taken()
		if a := w.Current.Turn(ctx, steps, bytes-search.TimelineBytes(w.Current.Operations())); a != engine.Legal {
			return a
		}
		steps -= w.Current.Taken() - before
		w.look(w.around * Growth)
	}
	return engine.Ended(ctx)
}

// look opens the window with so many events to either side, if it begins after the beginning.
func (w *windows) look(around int) {
	w.around, w.Current = around, nil
	if around <= min(w.at-1, windowMost) && w.at < len(w.Events) {
		e := w.Events[w.at]
		last := min(w.at+around, len(w.Events)-1)
		w.Current = w.open(&w.Ops[e.Op], w.Position(w.Events[w.at-around]), w.Position(w.Events[last]))
	}
}

// ValueWindows returns how to open windows of the projection to what an operation found; nil
// where it found nothing.
func ValueWindows[S comparable](m model.Cell[S], ops []history.Op) func(op *history.Op, from, to int) WindowSearch {
	return func(op *history.Op, from, to int) WindowSearch {
		does := m.Access(op)
		if does.Kind != model.Finds && does.Kind != model.Swaps {
			return nil
		}
		return ValueWindow(m, ops, does.Found, from, to)
	}
}

// CellWindows returns how to open windows of the cell itself.
func CellWindows[S comparable](m model.Cell[S], ops []history.Op) func(op *history.Op, from, to int) WindowSearch {
	return func(_ *history.Op, from, to int) WindowSearch { return CellWindow(m, ops, from, to) }
}
