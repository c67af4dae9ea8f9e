package relax

import (
	"context"

	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/projection"
	"senkei/checker/linearizable/search"
	"senkei/checker/model"
	"senkei/history"
)

// projections searches the projections of a cell to one value after the other, for one that
// is not linearizable. They are those to the values that are found where the leading search
// does not get on for a turn, and as long as it does not; or to all, if none leads.
type projections[S comparable] struct {
	cell model.Cell[S]
	*search.Timeline
	lead    *engine.Progress // of the leading search, or nil
	at      int              // events that it had reached; without one, operations looked at
	current *search.Frontier[bool]
	value   S // of current
	tried   map[S]bool
}

func NewProjections[S comparable](m model.Cell[S], t *search.Timeline, lead *engine.Progress) *projections[S] {
	return &projections[S]{cell: m, Timeline: t, lead: lead, tried: map[S]bool{}}
}

func (p *projections[S]) Name() string { return "search for single values" }
func (p *projections[S]) Reached() int { return engine.Unreached }

func (p *projections[S]) Turn(ctx context.Context, steps int, bytes int64) engine.Answer {
	if p.current != nil && p.lead != nil && p.lead.Events != p.at {
		p.current = nil // what seemed to be wrong was not
		delete(p.tried, p.value)
	}
	if p.current == nil {
		op := p.suspect()
		switch {
		case op == nil && p.lead != nil && !p.lead.Over:
			return engine.Ended(ctx)
		case op == nil:
			return engine.Silent
		case search.TimelineBytes(len(p.Ops)) > bytes:
			return engine.OutOfMemory
		}
		p.value = p.cell.Access(op).Found
		p.tried[p.value] = true
		list := projection.Of(p.cell, p.Ops, p.value)
		p.current = search.NewFrontier[bool](projection.Model{}, search.NewTimeline(list, model.KindOf[bool](projection.Model{})))
	}
	a := p.current.Turn(ctx, steps, bytes-search.TimelineBytes(len(p.Ops)))
	if a == engine.Legal {
		p.current = nil
		return engine.Undecided
	}
	return a
}

// suspect returns an operation whose value may be worth a look; nil if there is none now.
func (p *projections[S]) suspect() *history.Op {
	if p.lead != nil {
		stays := p.at == p.lead.Events
		if p.at = p.lead.Events; !stays || p.at >= len(p.Events) {
			return nil
		}
		if op := &p.Ops[p.Events[p.at].Op]; p.isNew(op) {
			return op
		}
		return nil
	}
	for ; p.at < len(p.Ops); p.at++ {
		if op := &p.Ops[p.at]; p.isNew(op) {
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
