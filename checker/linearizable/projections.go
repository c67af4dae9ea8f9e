package linearizable

import (
	"context"

	"senkei/checker/model"
	"senkei/history"
)

// projections searches the projections of a cell to one value after the other, for one that
// is not linearizable. They are those to the values that are found where the leading search
// does not get on for a turn, and as long as it does not; or to all, if none leads.
type projections[S comparable] struct {
	cell model.Cell[S]
	*timeline
	lead    *standing // of the leading search, or nil
	at      int       // events that it had reached; without one, operations looked at
	current *frontier[bool]
	value   S // of current
	tried   map[S]bool
}

func newProjections[S comparable](m model.Cell[S], t *timeline, lead *standing) *projections[S] {
	return &projections[S]{cell: m, timeline: t, lead: lead, tried: map[S]bool{}}
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
		list := project(p.cell, p.ops, p.value)
		p.current = newFrontier[bool](projection{}, newTimeline(list, model.KindOf[bool](projection{})))
	}
	a := p.current.turn(ctx, steps, bytes-timelineBytes(len(p.ops)))
	if a == legal {
		p.current = nil
		return undecided
	}
	return a
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
	return (does.Kind == model.Finds || does.Kind == model.Swaps) && !p.tried[does.Found]
}
