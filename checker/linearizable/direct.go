package linearizable

import (
	"context"
	"math"
	"slices"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/minimize"
	"senkei/checker/linearizable/zones"
	"senkei/checker/model"
	"senkei/history"
)

// decideDirectly answers without a search, where that applies; else undecided.
func (p portfolio[S]) decideDirectly(ctx context.Context, ops []history.Op) engine.Answer {
	isLegal, applies := false, false
	switch d, decides := p.model.(model.Decider[S]); {
	case !p.uses(checker.Direct):
	case p.cell != nil && p.zonesFit(len(ops)):
		cell, _ := model.Inferred(p.cell, ops)
		_, isLegal, applies = zones.New(cell, ops).Decide(math.MaxInt)
	case p.cell == nil && decides && int64(len(ops))*model.DecideBytesMax <= p.limits.MemoryBytes:
		var decision model.Decision
		decision, applies = d.Decide(ops)
		isLegal = decision.Legal
	case p.cell == nil && p.badPart(ctx, ops):
		applies = true
	}
	switch {
	case !applies:
		return engine.Undecided
	case isLegal:
		return engine.Legal
	default:
		return engine.Illegal
	}
}

// zonesFit reports whether the memory is enough for zones of so many operations.
func (p portfolio[S]) zonesFit(operations int) bool {
	each := int64(zones.BytesMax)
	if p.limits.Orders {
		each += zones.OrderBytesMax
	}
	return int64(operations)*each <= p.limits.MemoryBytes
}

// findDirectly decides without a search, where that applies.
func (l linearizable[S]) findDirectly(ctx context.Context, ops []history.Op) (f finding, applies bool) {
	if l.cell != nil {
		return l.findByZones(ctx, ops)
	}
	if d, ok := l.model.(model.Decider[S]); ok {
		return l.findByDecision(ctx, d, ops)
	}
	return l.findByParts(ctx, ops)
}

func (l linearizable[S]) findByZones(ctx context.Context, ops []history.Op) (f finding, applies bool) {
	if !l.zonesFit(len(ops)) {
		return finding{}, false
	}
	cell, inferred := model.Inferred(l.cell, ops)
	z := zones.New(cell, ops)
	wrong, ok, applies := z.Decide(math.MaxInt)
	switch {
	case !applies:
		return finding{}, false
	case ok:
		f.Answer = engine.Legal
		if l.limits.Orders {
			f.order = minimize.IdsAt(ops, z.Linearization())
		}
		return f, true
	case inferred:
		// What is inferred of a prefix takes another look at that.
		f.Answer = engine.Illegal
		f.bad, f.culprit = l.shortestBadPrefix(ctx, ops, minimize.Completions(ops), minimize.Always, minimize.Always)
		return f, true
	}
	position := l.shortestByZones(ctx, z, wrong, ops)
	f = finding{outcome: outcome{Answer: engine.Illegal}, culprit: ops[slices.IndexFunc(ops, func(op history.Op) bool { return op.Complete == position })]}
	wrong, _, applies = z.Decide(position)
	if !applies {
		f.bad = minimize.Prefix(ops, f.culprit)
		return f, true
	}
	f.bad = minimize.Chosen(ops, z.Positions(z.Core(wrong, position, position)))
	if !slices.Contains(f.bad, f.culprit) {
		f.bad = ops // it shows only together with what it needs
	}
	f.bad = minimize.Prefix(f.bad, f.culprit)
	return f, true
}

// shortestByZones returns the least position at which ops, as they were known then, are not
// linearizable. wrong is what zones found for all that is known. Where zones do not apply, a
// search decides: a compare-and-set that was refused may have stored a value a second time as
// long as it was open. Each violation found on the way suggests where it became one, so that it
// takes three tries if there is but one. If a budget ends before, what is returned is bad but
// perhaps not the least.
func (l linearizable[S]) shortestByZones(ctx context.Context, z *zones.Zones, wrong zones.Violation, ops []history.Op) int {
	suggested := z.LastEnd(z.Core(wrong, math.MaxInt, minimize.Always), math.MaxInt)
	bad := minimize.FirstBad(minimize.Always, z.LastKnown(math.MaxInt), suggested, func(position int) (engine.Answer, int) {
		if ctx.Err() != nil {
			return engine.OutOfTime, minimize.Always
		}
		wrong, ok, applies := z.Decide(position)
		switch {
		case !applies:
			return l.search(ctx, minimize.Prefix(ops, history.Op{Complete: position}), 0).Answer, minimize.Always
		case ok:
			return engine.Legal, minimize.Always
		default:
			return engine.Illegal, z.LastEnd(z.Core(wrong, position, minimize.Always), position)
		}
	})
	return z.LastKnown(bad)
}

// findByDecision decides by what the model knows, where that applies.
func (l linearizable[S]) findByDecision(ctx context.Context, d model.Decider[S], ops []history.Op) (f finding, applies bool) {
	if int64(len(ops))*model.DecideBytesMax > l.limits.MemoryBytes {
		return finding{}, false
	}
	decision, applies := d.Decide(ops)
	switch {
	case !applies:
		return finding{}, false
	case decision.Legal:
		f.Answer = engine.Legal
		if l.limits.Orders {
			f.order = minimize.IdsAt(ops, d.Order(ops))
		}
		return f, true
	}
	f = l.shortestDecided(ctx, d, ops, decision)
	f.Answer = engine.Illegal
	return f, true
}

// shortestDecided finds the shortest bad prefix of ops, and of that what the decision needs.
// Each proof suggests where the history went bad, so that it takes few tries.
func (l linearizable[S]) shortestDecided(ctx context.Context, d model.Decider[S], ops []history.Op, decision model.Decision) finding {
	ends := minimize.Completions(ops)
	known := ops // at the first bad end that was found, and decision is of it
	bad := minimize.FirstBad(minimize.Always, len(ends)-1, lastOf(decision, ops, ends), func(at int) (engine.Answer, int) {
		if ctx.Err() != nil {
			return engine.OutOfTime, minimize.Always
		}
		cut := minimize.Prefix(ops, ends[at])
		before, applies := d.Decide(cut)
		a := engine.Legal
		switch {
		case !applies:
			a = l.search(ctx, cut, 0).Answer
		case !before.Legal:
			a = engine.Illegal
		}
		if a != engine.Illegal {
			return a, minimize.Always
		}
		known, decision = cut, before
		return engine.Illegal, lastOf(decision, cut, ends)
	})
	return finding{culprit: ends[bad], why: decision.Why, parts: decision.Parts, bad: minimize.Prefix(proven(known, decision), ends[bad])}
}

// proven returns the operations of a proof, or all if it has none. The culprit need not be
// among them: its result may only have shown what another operation did not do.
func proven(ops []history.Op, decision model.Decision) []history.Op {
	if decision.Proof == nil {
		return ops
	}
	return minimize.Within(minimize.Chosen(ops, decision.Proof), decision.Parts)
}

// lastOf returns the index in ends of the last end of a proof.
func lastOf(d model.Decision, ops, ends []history.Op) int {
	last := -1
	for _, at := range d.Proof {
		if op := ops[at]; op.Outcome == history.OK {
			last = max(last, minimize.EndAt(ends, op.Complete))
		}
	}
	return last
}
