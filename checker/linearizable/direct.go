package linearizable

import (
	"context"
	"math"
	"slices"

	"senkei/checker"
	"senkei/checker/model"
	"senkei/history"
)

// decideDirectly answers without a search, where that applies; else undecided.
func (p portfolio[S]) decideDirectly(ctx context.Context, ops []history.Op) answer {
	isLegal, applies := false, false
	switch d, decides := p.model.(model.Decider[S]); {
	case !p.uses(checker.Direct):
	case p.cell != nil && p.zonesFit(len(ops)):
		cell, _ := model.Inferred(p.cell, ops)
		_, isLegal, applies = newZones(cell, ops).decide(math.MaxInt)
	case p.cell == nil && decides && int64(len(ops))*model.DecideBytesMax <= p.limits.MemoryBytes:
		var decision model.Decision
		decision, applies = d.Decide(ops)
		isLegal = decision.Legal
	case p.cell == nil && p.badPart(ctx, ops):
		applies = true
	}
	switch {
	case !applies:
		return undecided
	case isLegal:
		return legal
	default:
		return illegal
	}
}

// zonesFit reports whether the memory is enough for zones of so many operations.
func (p portfolio[S]) zonesFit(operations int) bool {
	each := int64(zonesBytesMax)
	if p.limits.Orders {
		each += zonesOrderBytesMax
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
	z := newZones(cell, ops)
	wrong, ok, applies := z.decide(math.MaxInt)
	switch {
	case !applies:
		return finding{}, false
	case ok:
		f.answer = legal
		if l.limits.Orders {
			f.order = idsAt(ops, z.linearization())
		}
		return f, true
	case inferred:
		return l.findInHindsight(ctx, ops), true
	}
	position := z.shortest(ctx, wrong, func(position int) answer {
		return l.search(ctx, prefix(ops, history.Op{Complete: position}), 0).answer
	})
	f = finding{outcome: outcome{answer: illegal}, culprit: ops[slices.IndexFunc(ops, func(op history.Op) bool { return op.Complete == position })]}
	wrong, _, applies = z.decide(position)
	if !applies {
		f.bad = prefix(ops, f.culprit)
		return f, true
	}
	f.bad = chosen(ops, z.positions(z.core(wrong, position, position)))
	if !slices.Contains(f.bad, f.culprit) {
		f.bad = ops // it shows only together with what it needs
	}
	f.bad = prefix(f.bad, f.culprit)
	return f, true
}

// findInHindsight finds what is wrong with ops, which zones have found illegal in hindsight.
// What they say of a shorter history takes another look back.
func (l linearizable[S]) findInHindsight(ctx context.Context, ops []history.Op) (f finding) {
	f.answer = illegal
	ends := completions(ops)
	f.bad, f.culprit = l.shortestBadPrefix(ctx, ops, ends, always, always)
	cell, inferred := model.Inferred(l.cell, f.bad)
	z := newZones(cell, f.bad)
	z.inferred = inferred
	// A contradiction shows in the values that others found.
	if wrong, ok, applies := z.decide(math.MaxInt); applies && !ok && wrong.kind != contradiction {
		some := chosen(f.bad, z.positions(z.core(wrong, math.MaxInt, f.culprit.Complete)))
		isCulprit := func(op history.Op) bool { return op.ID == f.culprit.ID }
		if slices.ContainsFunc(some, isCulprit) && l.decide(ctx, some, 0).answer == illegal {
			f.bad = some // else it shows only together with what it needs
		}
	}
	return f
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
		f.answer = legal
		if l.limits.Orders {
			f.order = idsAt(ops, d.Order(ops))
		}
		return f, true
	}
	f = l.shortestDecided(ctx, d, ops, decision)
	f.answer = illegal
	return f, true
}

// idsAt returns the IDs of the operations at some positions.
func idsAt(ops []history.Op, positions []int) []int {
	ids := make([]int, len(positions))
	for i, at := range positions {
		ids[i] = ops[at].ID
	}
	return ids
}

// shortestDecided finds the shortest bad prefix of ops, and of that what the decision needs.
// Each proof suggests where the history went bad, so that it takes few tries.
func (l linearizable[S]) shortestDecided(ctx context.Context, d model.Decider[S], ops []history.Op, decision model.Decision) finding {
	ends := completions(ops)
	known := ops // at the first bad end that was found, and decision is of it
	bad := firstBad(always, len(ends)-1, lastOf(decision, ops, ends), func(at int) (answer, int) {
		if ctx.Err() != nil {
			return outOfTime, always
		}
		cut := prefix(ops, ends[at])
		before, applies := d.Decide(cut)
		a := legal
		switch {
		case !applies:
			a = l.search(ctx, cut, 0).answer
		case !before.Legal:
			a = illegal
		}
		if a != illegal {
			return a, always
		}
		known, decision = cut, before
		return illegal, lastOf(decision, cut, ends)
	})
	return finding{culprit: ends[bad], why: decision.Why, parts: decision.Parts, bad: prefix(proven(known, decision), ends[bad])}
}

// proven returns the operations of a proof, or all if it has none. The culprit need not be
// among them: its result may only have shown what another operation did not do.
func proven(ops []history.Op, decision model.Decision) []history.Op {
	if decision.Proof == nil {
		return ops
	}
	return within(chosen(ops, decision.Proof), decision.Parts)
}

// lastOf returns the index in ends of the last end of a proof.
func lastOf(d model.Decision, ops, ends []history.Op) int {
	last := -1
	for _, at := range d.Proof {
		if op := ops[at]; op.Outcome == history.OK {
			last = max(last, endAt(ends, op.Complete))
		}
	}
	return last
}

// completions returns the operations with a result, by the position of that. Only a result
// that constrains can make a prefix bad.
func completions(ops []history.Op) []history.Op {
	var order []int32 // moving operations themselves takes long
	for i := range ops {
		if ops[i].Outcome == history.OK {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return ops[a].Complete - ops[b].Complete })
	ends := make([]history.Op, len(order))
	for n, i := range order {
		ends[n] = ops[i]
	}
	return ends
}

// endAt returns the index of the first of some completions that is not before a position.
func endAt(ends []history.Op, position int) int {
	i, _ := slices.BinarySearchFunc(ends, position, func(op history.Op, position int) int { return op.Complete - position })
	return i
}
