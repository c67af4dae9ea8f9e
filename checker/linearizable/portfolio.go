package linearizable

import (
	"context"
	"slices"

	"senkei/checker"
	"senkei/checker/model"
	"senkei/history"
)

// portfolio decides by several searches in competition, because none wins always: the
// first answer counts. They take turns of as many steps, all of a round at once where
// there are cores, so that which one wins does not depend on the machine.
type portfolio[S comparable] struct {
	model  model.Model[S]
	cell   model.Cell[S] // model, or nil if it is none
	hints  model.Hints[S]
	kind   func(*history.Op) model.Kind
	limits checker.Limits
}

// turnSteps is how many steps of the model a turn takes, a few milliseconds. The first turns
// are shorter, because the answer is often near.
const (
	turnSteps      = 1 << 13
	firstTurnSteps = turnSteps / 8
)

// outcome is what the portfolio found out.
type outcome struct {
	answer
	// by is the search that answered, or else the one that got furthest.
	by string
	// ended is how many operations had ended where that search stood, of all that have an
	// end.
	ended, ends int
	// stuck is the position of an end before which the history is linearizable: where the
	// search did not get on. always where it cannot tell.
	stuck int
	order []int // IDs, if asked for and found
	steps int   // of all searches together
}

// competitor is a search that takes part, and its share of memory and time.
type competitor struct {
	search
	weight int64
	ended  answer
}

// decide answers for ops, by Invoke. Beyond so many steps a search gives up, as if time
// were over; 0 is no limit.
func (p portfolio[S]) decide(ctx context.Context, ops []history.Op, stepsMax int) outcome {
	a := ended(ctx)
	if a == undecided {
		a = p.decideDirectly(ctx, ops)
	}
	if a != undecided {
		return outcome{answer: a, stuck: always}
	}
	return p.search(ctx, ops, stepsMax)
}

// search answers as decide does, without a look at what can be decided directly.
func (p portfolio[S]) search(ctx context.Context, ops []history.Op, stepsMax int) outcome {
	memory := p.limits.MemoryBytes - timelineBytes(len(ops))
	if memory < 0 || len(ops) > countMax {
		return outcome{answer: outOfMemory, stuck: always}
	}
	ops = p.searched(ops)
	if p.hints.Prepare != nil {
		p.model = p.hints.Prepare(ops)
	}
	r := &race[S]{portfolio: p, timeline: newTimeline(ops, p.kind), memory: memory}
	var lead *standing
	if p.uses(checker.DepthFirst) {
		r.deep, lead = newDepth(p.model, r.timeline), &r.lead
		r.enter(r.deep, 6)
		r.alone(ctx, len(ops)+500) // enough where hardly anything leads astray
	}
	projects := p.uses(checker.Projection) && model.Knows(p.cell, ops)
	if projects && r.deep != nil && r.winner == nil {
		r.enter(newWindows(r.timeline, lead, valueWindows(p.cell, ops)), 1)
		r.enter(newWindows(r.timeline, lead, cellWindows(p.cell, ops)), 1)
		for i := 0; i < 3 && !r.over(); i++ {
			r.round(ctx, firstTurnSteps)
		}
	}
	if projects && r.winner == nil {
		r.enter(newProjections(p.cell, r.timeline, lead), 4)
	}
	if p.uses(checker.Frontier) && r.winner == nil {
		r.enter(newFrontier(p.model, r.timeline), 2)
	}
	if p.uses(checker.Porcupine) && r.winner == nil && (len(ops) <= porcupineMax || p.limits.Algorithm == checker.Porcupine) {
		r.enter(newPorcupine(p.model, ops), 2)
	}
	for steps := firstTurnSteps; !r.over() && (stepsMax == 0 || r.steps < stepsMax); steps = min(2*steps, turnSteps) {
		r.round(ctx, steps)
	}
	out := r.outcome()
	if out.answer == legal && p.limits.Orders && r.deep != nil {
		out.order = r.order(ctx)
	}
	return out
}

// uses reports whether an algorithm takes part.
func (p portfolio[S]) uses(a checker.Algorithm) bool {
	return p.limits.Algorithm == checker.AllAlgorithms || p.limits.Algorithm == a
}

// race is one competition.
type race[S comparable] struct {
	portfolio[S]
	*timeline
	memory      int64
	competitors []*competitor
	deep        *depth[S] // the first competitor; nil if it takes no part, or has given up
	winner      *competitor
	lead        standing // of the first competitor
	steps       int
	furthest    progress
}

// standing is where a competitor stood after the last round.
type standing struct {
	events int // that it has reached
	over   bool
}

// progress is how far a search got.
type progress struct {
	by     string
	events int
}

func (r *race[S]) enter(s search, weight int64) {
	r.competitors = append(r.competitors, &competitor{search: s, weight: weight})
}

// alone lets the only competitor go on for so many steps, as long as each turn gets further.
func (r *race[S]) alone(ctx context.Context, steps int) {
	for before := -1; !r.over() && r.lead.events > before && steps > 0; steps -= turnSteps {
		before = r.lead.events
		r.round(ctx, min(steps, turnSteps))
	}
}

// over reports whether somebody has answered, or everybody has given up.
func (r *race[S]) over() bool {
	return r.winner != nil || r.all(silent, outOfTime, outOfMemory)
}

// all reports whether every competitor has ended in one of these ways.
func (r *race[S]) all(ways ...answer) bool {
	return !slices.ContainsFunc(r.competitors, func(c *competitor) bool { return !slices.Contains(ways, c.ended) })
}

// round gives a turn to each competitor that is still there. The memory is divided among
// these.
func (r *race[S]) round(ctx context.Context, steps int) {
	var weights int64
	var running []*competitor
	for _, c := range r.competitors {
		if c.ended == undecided {
			running = append(running, c)
			weights += c.weight
		}
	}
	turns := make([]func(), len(running))
	for i, c := range running {
		turns[i] = func() { c.ended = c.turn(ctx, steps*int(c.weight), r.memory*c.weight/weights) }
	}
	if r.limits.Spread != nil {
		r.limits.Spread(turns)
	} else {
		for _, turn := range turns {
			turn()
		}
	}
	r.steps += steps * int(weights)
	for _, c := range running {
		if c == r.competitors[0] {
			r.lead = standing{events: c.reached(), over: c.ended != undecided}
		}
		if events := c.reached(); events > r.furthest.events {
			r.furthest = progress{by: c.name(), events: events}
		}
		switch {
		case c.ended == undecided:
		case r.winner == nil && (c.ended == legal || c.ended == illegal):
			r.winner = c
		default:
			if c == r.competitors[0] {
				r.deep = nil
			}
			c.search = nil // what it holds goes to the others
		}
	}
}

// outcome returns what has been found by now.
func (r *race[S]) outcome() outcome {
	out := outcome{answer: outOfTime, by: r.furthest.by, stuck: always, steps: r.steps}
	if at := r.furthest.events; at > 0 && at < len(r.events) && r.events[at].ends {
		out.stuck = r.ops[r.events[at].op].Complete
	}
	switch {
	case r.winner != nil:
		out.answer, out.by = r.winner.ended, r.winner.name()
	case r.all(silent):
		out.answer = silent
	case r.all(silent, outOfMemory):
		out.answer = outOfMemory
	}
	for i, e := range r.events {
		if e.ends {
			out.ends++
			if i < r.furthest.events {
				out.ended++
			}
		}
	}
	return out
}

// order returns the IDs in the order that the depth-first search finds, if it finds one in
// time.
func (r *race[S]) order(ctx context.Context) []int {
	c := r.competitors[0]
	if c.ended == undecided {
		c.ended = r.deep.turn(ctx, maxSteps, r.memory)
	}
	if c.ended != legal {
		return nil
	}
	return r.ids(arrange(r.model, r.timeline, r.deep.way(), len(r.events)))
}

// maxSteps is more than any search takes.
const maxSteps = 1 << 62

// searched returns the operations that take part in a search.
func (p portfolio[S]) searched(ops []history.Op) []history.Op {
	ops = model.Relevant(ops)
	if p.hints.Prune != nil {
		ops = p.hints.Prune(ops)
	}
	return ops
}
