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

// direct is an answer without a search, Undecided where none applies, and how to find what a
// verdict says beside it.
type direct struct {
	engine.Answer
	order func() []int   // where Legal: the positions of a legal order
	fault func() finding // where Illegal: what is at fault
}

// decideDirectly answers without a search, where that applies.
func (p portfolio[S]) decideDirectly(ctx context.Context, ops []history.Op) direct {
	d, decides := p.model.(model.Decider[S])
	switch {
	case !p.uses(checker.Direct):
		return direct{}
	case p.cell != nil:
		return p.decideByZones(ctx, ops)
	case decides && units(ops)*model.DecideBytesMax <= p.limits.MemoryBytes:
		if decided := p.decideByModel(ctx, d, ops); decided.Answer != engine.Undecided {
			return decided
		}
	}
	return p.decideByParts(ctx, ops)
}

// units counts operations, and those within transactions besides.
func units(ops []history.Op) (n int64) {
	const shortest = len(`["r",1,null],`)
	for i := range ops {
		if n++; ops[i].In.F == history.Txn {
			n += int64(len(ops[i].In.Value) / shortest)
		}
	}
	return n
}

// findDirectly is decideDirectly with what it is that was found.
func (p portfolio[S]) findDirectly(ctx context.Context, ops []history.Op) (f finding, applies bool) {
	d := p.decideDirectly(ctx, ops)
	switch {
	case d.Answer == engine.Illegal:
		f = d.fault()
	case d.Answer == engine.Legal && p.limits.Orders:
		f.order = minimize.IdsAt(ops, d.order())
	}
	f.Answer = d.Answer
	return f, d.Answer != engine.Undecided
}

// zonesFit reports whether the memory is enough for zones of so many operations.
func (p portfolio[S]) zonesFit(operations int) bool {
	each := int64(zones.BytesMax)
	if p.limits.Orders {
		each += zones.OrderBytesMax
	}
	return int64(operations)*each <= p.limits.MemoryBytes
}

func (p portfolio[S]) decideByZones(ctx context.Context, ops []history.Op) direct {
	if !p.zonesFit(len(ops)) {
		return direct{}
	}
	z, inferred := zones.New(p.cell, ops), false
	if z.Foreign {
		var wiser model.Cell[S]
		if wiser, inferred = p.cell.Infer(ops); !inferred {
			return direct{}
		}
		z = zones.New(wiser, ops)
	}
	wrong, ok, applies := z.Decide(math.MaxInt)
	switch {
	case !applies:
		return direct{}
	case ok:
		return direct{Answer: engine.Legal, order: z.Linearization}
	}
	return direct{Answer: engine.Illegal, fault: func() (f finding) {
		if inferred { // Accesses are inferred from a whole history, so a prefix is judged anew.
			f.bad, f.culprit = p.shortestBadPrefix(ctx, ops, minimize.Completions(ops), minimize.Always, minimize.Always)
			return f
		}
		return p.faultByZones(ctx, z, wrong, ops)
	}}
}

// faultByZones finds the shortest bad prefix of ops, and of that what zones need for a proof.
func (p portfolio[S]) faultByZones(ctx context.Context, z *zones.Zones, wrong zones.Violation, ops []history.Op) finding {
	position := p.shortestByZones(ctx, z, wrong, ops)
	f := finding{culprit: ops[slices.IndexFunc(ops, func(op history.Op) bool { return op.Complete == position })], bad: ops}
	if wrong, _, applies := z.Decide(position); applies {
		core := minimize.Chosen(ops, z.Positions(z.Core(wrong, position)))
		if slices.Contains(core, f.culprit) { // else it shows only together with what it needs
			f.bad = core
		}
	}
	f.bad = minimize.Prefix(f.bad, f.culprit)
	return f
}

// shortestByZones returns the least position at which ops, as they were known then, are not
// linearizable. wrong is what zones found for all that is known. Where zones do not apply, a
// search decides: a compare-and-set that was refused may have stored a value a second time as
// long as it was open. Each violation found on the way suggests where it became one, so that it
// takes three tries if there is but one. If a budget ends before, what is returned is bad but
// perhaps not the least.
func (p portfolio[S]) shortestByZones(ctx context.Context, z *zones.Zones, wrong zones.Violation, ops []history.Op) int {
	suggested := z.LastEnd(z.Core(wrong, math.MaxInt), math.MaxInt)
	bad := minimize.FirstBad(minimize.Always, z.LastKnown(math.MaxInt), suggested, func(position int) (engine.Answer, int) {
		if ctx.Err() != nil {
			return engine.OutOfTime, minimize.Always
		}
		wrong, ok, applies := z.Decide(position)
		switch {
		case !applies:
			return p.search(ctx, minimize.Prefix(ops, history.Op{Complete: position}), 0).Answer, minimize.Always
		case ok:
			return engine.Legal, minimize.Always
		default:
			return engine.Illegal, z.LastEnd(z.Core(wrong, position), position)
		}
	})
	return z.LastKnown(bad)
}

// decideByModel decides by what the model knows.
func (p portfolio[S]) decideByModel(ctx context.Context, d model.Decider[S], ops []history.Op) direct {
	decision, applies := d.Decide(ops)
	switch {
	case !applies:
		return direct{}
	case decision.Legal:
		return direct{Answer: engine.Legal, order: func() []int { return d.Order(ops) }}
	default:
		return direct{Answer: engine.Illegal, fault: func() finding { return p.shortestDecided(ctx, d, ops, decision) }}
	}
}

// shortestDecided finds the shortest bad prefix of ops, and of that what the decision needs.
// Each proof suggests where the history went bad, so that it takes few tries.
func (p portfolio[S]) shortestDecided(ctx context.Context, d model.Decider[S], ops []history.Op, decision model.Decision) finding {
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
			a = p.search(ctx, cut, 0).Answer
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
