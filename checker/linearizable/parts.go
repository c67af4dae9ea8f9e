package linearizable

import (
	"context"
	"slices"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/minimize"
	"senkei/checker/linearizable/search"
	"senkei/checker/model"
	"senkei/history"
)

// partOf judges the part alone.
func partOf(p model.Part, lim checker.Limits) linearizable[history.Value] {
	lim.Orders = false
	return linearizable[history.Value]{portfolio[history.Value]{model: p.Cell, cell: p.Cell, hints: model.HintsOf(p.Cell), kind: model.KindOf(p.Cell), limits: lim}}
}

// parts divides ops, if the model knows how to and there is memory for it.
func (p portfolio[S]) parts(ops []history.Op) []model.Part {
	d, ok := p.model.(model.Composite[S])
	if !ok || search.TimelineBytes(len(ops)) > p.limits.MemoryBytes {
		return nil
	}
	return d.Divide(ops)
}

// isBad reports whether the part is certainly not linearizable, as far as that shows soon.
func isBad(p model.Part, ctx context.Context, lim checker.Limits) bool {
	return partOf(p, lim).decide(ctx, p.Ops, len(p.Ops)+partSteps).Answer == engine.Illegal
}

// partSteps is how many steps more than there are operations a part is searched for: enough
// for a violation that shows in a few of them.
const partSteps = 1 << 14

// badPart reports whether some part of ops is certainly not linearizable.
func (p portfolio[S]) badPart(ctx context.Context, ops []history.Op) bool {
	return slices.ContainsFunc(p.parts(ops), func(part model.Part) bool { return isBad(part, ctx, p.limits) })
}

// findByParts finds what is wrong with one part alone, and then whether something was wrong
// earlier.
func (l linearizable[S]) findByParts(ctx context.Context, ops []history.Op) (f finding, applies bool) {
	first := history.Never
	for _, part := range l.parts(ops) {
		if !isBad(part, ctx, l.limits) {
			continue
		}
		if f := partOf(part, l.limits).find(ctx, part.Ops); f.Answer == engine.Illegal {
			first = min(first, f.culprit.Complete)
		}
	}
	if first == history.Never {
		return finding{}, false
	}
	ends := minimize.Completions(ops)
	bad := minimize.EndAt(ends, first)
	f.Answer = engine.Illegal
	f.bad, f.culprit = l.shortestBadPrefix(ctx, ops, ends[:bad+1], minimize.Always, bad-1)
	return l.attribute(ctx, ops, f), true
}

// attribute adds to a finding a part of the object that shows it alone, if there is one.
func (l linearizable[S]) attribute(ctx context.Context, ops []history.Op, f finding) finding {
	for _, part := range l.parts(ops) {
		at := slices.IndexFunc(part.Ops, func(op history.Op) bool { return op.ID == f.culprit.ID })
		if at < 0 {
			continue
		}
		bad, judge := minimize.Prefix(part.Ops, part.Ops[at]), partOf(part, l.limits)
		of, applies := judge.findByZones(ctx, bad)
		if !applies {
			of = finding{outcome: judge.search(ctx, bad, minimize.CoreSteps), bad: bad, culprit: part.Ops[at]}
		}
		if of.Answer == engine.Illegal {
			f.part = &culpritPart{Part: part, finding: of}
			return f
		}
	}
	return f
}

// culpritPart is a part of an object, and what was found of it.
type culpritPart struct {
	model.Part
	finding
}

// explain says why the part is not linearizable, and so the whole.
func (b culpritPart) explain(ctx context.Context, key string, h history.History, culprit history.Op, lim checker.Limits) *checker.Core {
	b.parts = []string{b.Name}
	e := partOf(b.Part, lim).explain(ctx, key, history.History{Ops: b.Ops, Faults: h.Faults}, b.finding)
	e.Culprit = culprit
	return e
}
