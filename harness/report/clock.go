package report

import (
	"fmt"
	"time"

	"senkei/history"
)

// clock places everything on the axis that all drawings share, in microseconds since
// the run began. A history that carries no times (written by hand, or by another
// tool) is drawn by its positions, one position a second long.
type clock struct {
	timed bool
	end   int64 // where the axis ends, at least 1
}

const positionMicros = 1_000_000

// newClock finds out whether the history carries times and how far the axis goes.
func newClock(h history.History, run time.Duration) clock {
	c := clock{end: 1}
	for _, op := range h.Ops {
		c.timed = c.timed || op.End > 0
	}
	reach := func(us int64) { c.end = max(c.end, us) }
	if c.timed {
		reach(run.Microseconds())
		for _, op := range h.Ops {
			reach(op.End.Microseconds())
			reach(op.Start.Microseconds())
		}
		for _, s := range h.Faults {
			reach(s.End.Microseconds())
		}
		return c
	}
	for _, op := range h.Ops {
		reach(c.at(op.Invoke, 0))
		if op.Complete != history.Never {
			reach(c.at(op.Complete, 0))
		}
	}
	return c
}

// at places one event.
func (c clock) at(position int, t time.Duration) int64 {
	if c.timed {
		return max(t.Microseconds(), 0)
	}
	if position == history.Never {
		return c.end
	}
	return int64(max(position, 0)) * positionMicros
}

// op places an operation; from is never after to.
func (c clock) op(op history.Op) (from, to int64) {
	from = c.at(op.Invoke, op.Start)
	return from, max(from, c.at(op.Complete, op.End))
}

// span places a fault.
func (c clock) span(s history.Span) (from, to int64) {
	from = c.at(s.From, s.Start)
	return from, max(from, c.at(s.To, s.End))
}

// stamp writes a place on the axis for a person.
func (c clock) stamp(us int64, decimals int) string {
	if !c.timed {
		return fmt.Sprintf("event %d", us/positionMicros)
	}
	return fmt.Sprintf("%.*f s", decimals, float64(us)/1e6)
}
