package linearizable

import (
	"context"
	"slices"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/minimize"
	"senkei/checker/linearizable/porcupine"
	"senkei/checker/linearizable/relax"
	"senkei/checker/linearizable/search"
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
// are shorter, because the answer is often near. How these were measured is told in
// docs/checker.md, "What each part earns"; there were 293 histories.
const (
	// An eighth or eight times as many change no history by more than 1.4.
	turnSteps = 1 << 13
	// With whole turns from the beginning 15 histories take up to 3.8 times as many steps.
	firstTurnSteps = turnSteps / 8
	// The depth-first search goes on alone for a step for each operation and so many more,
	// enough where hardly anything leads astray: without them 10 histories take up to 2.7 times
	// as many steps; 20,000 would spare some a quarter and cost others 3.8 times as many.
	aloneMore = 500
	// The windows get so many rounds beside it before the frontier search enters: without
	// them 2 histories take twice as many steps, with 10 rounds nothing changes.
	roundsOfWindows = 3
)

// The shares of time and memory. With equal ones 54 histories take up to 2.9 times as many
// steps, because it is the depth-first search that decides nearly always; with 14 to 1, 3 do.
const (
	weightDepth    = 6
	weightWindows  = 1
	weightFrontier = 2
)

// outcome is what the portfolio found out.
type outcome struct {
	engine.Answer
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
	engine.Engine
	weight int64
	ended  engine.Answer
}

// decide answers for ops, by Invoke. Beyond so many steps a search gives up, as if time
// were over; 0 is no limit.
func (p portfolio[S]) decide(ctx context.Context, ops []history.Op, stepsMax int) outcome {
	a := engine.Ended(ctx)
	if a == engine.Undecided {
		a = p.decideDirectly(ctx, ops).Answer
	}
	if a != engine.Undecided {
		return outcome{Answer: a, stuck: minimize.Always}
	}
	return p.search(ctx, ops, stepsMax)
}

// search answers as decide does, without a look at what can be decided directly.
func (p portfolio[S]) search(ctx context.Context, ops []history.Op, stepsMax int) outcome {
	memory := p.limits.MemoryBytes - search.TimelineBytes(len(ops))
	if memory < 0 || len(ops) > engine.CountMax {
		return outcome{Answer: engine.OutOfMemory, stuck: minimize.Always}
	}
	ops = p.searched(ops)
	if p.hints.Prepare != nil {
		p.model = p.hints.Prepare(ops)
	}
	r := &run[S]{portfolio: p, Timeline: search.NewTimeline(ops, p.kind), memory: memory}
	var lead *engine.Progress
	if p.uses(checker.DepthFirst) {
		r.deep, lead = search.NewDepth(p.model, r.Timeline), &r.lead
		r.enter(r.deep, weightDepth)
		r.alone(ctx, len(ops)+aloneMore)
	}
	if p.uses(checker.Windows) && r.winner == nil && model.Knows(p.cell, ops) {
		r.enter(relax.NewWindows(r.Timeline, lead, relax.ValueWindows(p.cell, ops)), weightWindows)
		r.enter(relax.NewWindows(r.Timeline, lead, relax.CellWindows(p.cell, ops)), weightWindows)
		for i := 0; lead != nil && i < roundsOfWindows && !r.over(); i++ {
			r.round(ctx, firstTurnSteps)
		}
	}
	if p.uses(checker.Frontier) && r.winner == nil {
		r.enter(search.NewFrontier(p.model, r.Timeline), weightFrontier)
	}
	if p.limits.Algorithm == checker.Porcupine {
		r.enter(porcupine.New(p.model, ops), 1)
	}
	for steps := firstTurnSteps; !r.over() && (stepsMax == 0 || r.steps < stepsMax); steps = min(2*steps, turnSteps) {
		r.round(ctx, steps)
	}
	out := r.outcome()
	if out.Answer == engine.Legal && p.limits.Orders && r.deep != nil {
		out.order = r.order(ctx)
	}
	return out
}

// uses reports whether an algorithm takes part.
func (p portfolio[S]) uses(a checker.Algorithm) bool {
	return p.limits.Algorithm == checker.AllAlgorithms || p.limits.Algorithm == a
}

// run is one run of the portfolio.
type run[S comparable] struct {
	portfolio[S]
	*search.Timeline
	memory      int64
	competitors []*competitor
	deep        *search.Depth[S] // the first competitor; nil if it takes no part, or has given up
	winner      *competitor
	lead        engine.Progress // of the first competitor
	steps       int
	furthest    lead
}

// lead is how far a search got.
type lead struct {
	by     string
	events int
}

func (r *run[S]) enter(s engine.Engine, weight int64) {
	r.competitors = append(r.competitors, &competitor{Engine: s, weight: weight})
}

// alone lets the only competitor go on for so many steps, as long as each turn gets further.
func (r *run[S]) alone(ctx context.Context, steps int) {
	for before := -1; !r.over() && r.lead.Events > before && steps > 0; steps -= turnSteps {
		before = r.lead.Events
		r.round(ctx, min(steps, turnSteps))
	}
}

// over reports whether somebody has answered, or everybody has given up.
func (r *run[S]) over() bool {
	return r.winner != nil || r.all(engine.Silent, engine.OutOfTime, engine.OutOfMemory)
}

// all reports whether every competitor has ended in one of these ways.
func (r *run[S]) all(ways ...engine.Answer) bool {
	return !slices.ContainsFunc(r.competitors, func(c *competitor) bool { return !slices.Contains(ways, c.ended) })
}

// round gives a turn to each competitor that is still there. The memory is divided among
// these.
func (r *run[S]) round(ctx context.Context, steps int) {
	var weights int64
	var running []*competitor
	for _, c := range r.competitors {
		if c.ended == engine.Undecided {
			running = append(running, c)
			weights += c.weight
		}
	}
	turns := make([]func(), len(running))
	for i, c := range running {
		turns[i] = func() { c.ended = c.Turn(ctx, steps*int(c.weight), r.memory*c.weight/weights) }
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
			r.lead = engine.Progress{Events: c.Reached(), Over: c.ended != engine.Undecided}
		}
		if events := c.Reached(); events > r.furthest.events {
			r.furthest = lead{by: c.Name(), events: events}
		}
		switch {
		case c.ended == engine.Undecided:
		case r.winner == nil && (c.ended == engine.Legal || c.ended == engine.Illegal):
			r.winner = c
		default:
			if c == r.competitors[0] {
				r.deep = nil
			}
			c.Engine = nil // what it holds goes to the others
		}
	}
}

// outcome returns what has been found by now.
func (r *run[S]) outcome() outcome {
	out := outcome{Answer: engine.OutOfTime, by: r.furthest.by, stuck: minimize.Always, steps: r.steps}
	if at := r.furthest.events; at > 0 && at < len(r.Events) && r.Events[at].Ends {
		out.stuck = r.Ops[r.Events[at].Op].Complete
	}
	switch {
	case r.winner != nil:
		out.Answer, out.by = r.winner.ended, r.winner.Name()
	case r.all(engine.Silent):
		out.Answer = engine.Silent
	case r.all(engine.Silent, engine.OutOfMemory):
		out.Answer = engine.OutOfMemory
	}
	for i, e := range r.Events {
		if e.Ends {
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
func (r *run[S]) order(ctx context.Context) []int {
	c := r.competitors[0]
	if c.ended == engine.Undecided {
		c.ended = r.deep.Turn(ctx, engine.MaxSteps, r.memory)
	}
	if c.ended != engine.Legal {
		return nil
	}
	return r.Ids(r.deep.Order())
}

// searched returns the operations that take part in a search.
func (p portfolio[S]) searched(ops []history.Op) []history.Op {
	ops = model.Relevant(ops)
	if p.hints.Prune != nil {
		ops = p.hints.Prune(ops)
	}
	return ops
}

// minimizer makes a history smaller that this portfolio finds not linearizable.
func (p portfolio[S]) minimizer(ctx context.Context) minimize.Minimizer {
	m := minimize.Minimizer{Removable: p.hints.Removable, Closure: p.hints.Closure, Decide: func(ops []history.Op, stepsMax int) (engine.Answer, int) {
		out := p.decide(ctx, ops, stepsMax)
		return out.Answer, out.steps
	}}
	if c, ok := p.model.(model.Composite[S]); ok {
		m.Parts = c.Parts
	}
	return m
}
