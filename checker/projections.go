package checker

import (
	"context"

	"senkei/history"
)

// projections searches the projections of a cell to one value after the other, for one that
// is not linearizable. They are those to the values that are found where the leading search
// does not get on for a turn, and as long as it does not; or to all, if none leads. What is
// wrong there most often shows in a small part of the history around that place; so that is
// looked at first, and then more and more.
type projections[S comparable] struct {
	cell Cell[S]
	*timeline
	lead    *standing // of the leading search, or nil
	at      int       // events that it had reached; without one, operations looked at
	current *frontier[bool]
	value   S   // of current
	first   int // events to either side of at that are looked at first
	around  int // events to either side of at that current looks at; 0 if at all there are
	tried   map[S]bool
}

func newProjections[S comparable](m Cell[S], t *timeline, lead *standing) *projections[S] {
	return &projections[S]{cell: m, timeline: t, lead: lead, first: windowFirst, tried: map[S]bool{}}
}

func (p *projections[S]) name() string { return "search for single values" }
func (p *projections[S]) reached() int { return int(none) }

func (p *projections[S]) turn(ctx context.Context, steps int, bytes int64) answer {
	if p.current != nil && p.lead != nil && p.lead.events != p.at {
		p.current = nil // what seemed to be wrong was not
		delete(p.tried, p.value)
	}
	if p.current == nil {
		op := p.suspect()
		switch {
		case op == nil && p.lead != nil && !p.lead.over:
			return ended(ctx)
		case op == nil:
			return silent
		case timelineBytes(len(p.ops)) > bytes:
			return outOfMemory
		}
		p.value = p.cell.Access(op).Found
		p.tried[p.value] = true
		p.look(p.first)
	}
	for steps > 0 {
		before := p.current.steps
		a := p.current.turn(ctx, steps, bytes-timelineBytes(len(p.ops)))
		switch {
		case a != legal:
			return a
		case p.around == 0:
			p.current = nil
			return undecided
		}
		steps -= p.current.steps - before
		p.look(p.around * windowGrowth)
	}
	return undecided
}

// look begins to search as many events around the place in question, or all if they reach
// the beginning.
func (p *projections[S]) look(around int) {
	if p.lead == nil || p.at <= around {
		p.around = 0
		p.current = newFrontier[bool](projection{}, newTimeline(project(p.cell, p.ops, p.value), projection{}.Effect))
		return
	}
	p.around = around
	last := min(p.at+around, len(p.events)-1)
	p.current = window(p.cell, p.ops, p.value, p.position(p.events[p.at-around]), p.position(p.events[last]))
}

// suspect returns an operation whose value may be worth a look; nil if there is none now.
func (p *projections[S]) suspect() *history.Op {
	if p.lead != nil {
		stays := p.at == p.lead.events
		if p.at = p.lead.events; !stays || p.at >= len(p.events) {
			return nil
		}
		if op := &p.ops[p.events[p.at].op]; p.isNew(op) {
			return op
		}
		return nil
	}
	for ; p.at < len(p.ops); p.at++ {
		if op := &p.ops[p.at]; p.isNew(op) {
			return op
		}
	}
	return nil
}

// isNew reports whether op finds a value that was not tried.
func (p *projections[S]) isNew(op *history.Op) bool {
	does := p.cell.Access(op)
	return (does.Deed == Finds || does.Deed == Swaps) && !p.tried[does.Found]
}
