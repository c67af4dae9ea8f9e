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

// decideByParts finds that some part of ops is certainly not linearizable.
func (p portfolio[S]) decideByParts(ctx context.Context, ops []history.Op) direct {
	parts := p.parts(ops)
	first := slices.IndexFunc(parts, func(part model.Part) bool { return isBad(part, ctx, p.limits) })
	if first < 0 {
		return direct{}
	}
	return direct{Answer: engine.Illegal, fault: func() finding { return p.faultByParts(ctx, ops, parts[first:]) }}
}

// faultByParts finds where the first bad part went bad, and then whether something was wrong
// earlier. The first one of parts is bad.
func (p portfolio[S]) faultByParts(ctx context.Context, ops []history.Op, parts []model.Part) (f finding) {
	ends := minimize.Completions(ops)
	first := ends[len(ends)-1].Complete
	for i, part := range parts {
		if i > 0 && !isBad(part, ctx, p.limits) {
			continue
		}
		if f := partOf(part, p.limits).find(ctx, part.Ops); f.Answer == engine.Illegal {
			first = min(first, f.culprit.Complete)
		}
	}
	bad := minimize.EndAt(ends, first)
	f.bad, f.culprit = p.shortestBadPrefix(ctx, ops, ends[:bad+1], minimize.Always, bad-1)
	return p.attribute(ctx, ops, f)
}

// attribute adds to a finding a part of the object that shows it alone, if there is one.
func (p portfolio[S]) attribute(ctx context.Context, ops []history.Op, f finding) finding {
	for _, part := range p.parts(ops) {
		at := slices.IndexFunc(part.Ops, func(op history.Op) bool { return op.ID == f.culprit.ID })
		if at < 0 {
			continue
		}
		bad, judge := minimize.Prefix(part.Ops, part.Ops[at]), partOf(part, p.limits)
		of, applies := judge.findDirectly(ctx, bad)
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
