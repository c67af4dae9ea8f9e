package checker

import (
	"context"
	"slices"

	"senkei/history"
)

// Divider is a Model of an object that consists of cells. A history that is wrong for one of
// these is wrong, and a cell is decided much faster than the whole.
type Divider interface {
	// Divide returns what ops did to some cells of the object, in ascending order of their
	// names. It takes operations one by one, so that it does not matter whether a history is
	// cut off before or after it is divided.
	Divide(ops []history.Op) []Part
}

// Part is what operations did to one cell of an object. It is linearizable if they are.
type Part struct {
	Name string
	Cell Cell[history.Value]
	// Ops are those of the operations, by Invoke, that did something to the cell, as
	// operations of both the object and the cell that do nothing to other cells.
	Ops []history.Op
}

// checker judges the part alone.
func (p Part) checker(lim Limits) linearizable[history.Value] {
	lim.Orders = false
	return linearizable[history.Value]{portfolio[history.Value]{model: p.Cell, cell: p.Cell, effect: effects(p.Cell), limits: lim}}
}

// parts divides ops, if the model knows how to and there is memory for it.
func (p portfolio[S]) parts(ops []history.Op) []Part {
	d, ok := p.model.(Divider)
	if !ok || timelineBytes(len(ops)) > p.limits.MemoryBytes {
		return nil
	}
	return d.Divide(ops)
}

// isBad reports whether the part is certainly not linearizable, as far as that shows soon.
func (p Part) isBad(ctx context.Context, lim Limits) bool {
	return p.checker(lim).decide(ctx, p.Ops, len(p.Ops)+partSteps).answer == illegal
}

// partSteps is how many steps more than there are operations a part is searched for: enough
// for a violation that shows in a few of them.
const partSteps = 1 << 14

// badPart reports whether some part of ops is certainly not linearizable.
func (p portfolio[S]) badPart(ctx context.Context, ops []history.Op) bool {
	return slices.ContainsFunc(p.parts(ops), func(part Part) bool { return part.isBad(ctx, p.limits) })
}

// findByParts finds what is wrong with one part alone, and then whether something was wrong
// earlier.
func (l linearizable[S]) findByParts(ctx context.Context, ops []history.Op) (f finding, applies bool) {
	first := history.Never
	for _, part := range l.parts(ops) {
		if !part.isBad(ctx, l.limits) {
			continue
		}
		if f := part.checker(l.limits).find(ctx, part.Ops); f.answer == illegal {
			first = min(first, f.culprit.Complete)
		}
	}
	if first == history.Never {
		return finding{}, false
	}
	ends := completions(ops)
	bad := endAt(ends, first)
	f.answer = illegal
	f.bad, f.culprit = l.shortestBadPrefix(ctx, ops, ends[:bad+1], always, bad-1)
	return l.blame(ctx, ops, f), true
}

// blame adds to a finding a part of the object that shows it alone, if there is one.
func (l linearizable[S]) blame(ctx context.Context, ops []history.Op, f finding) finding {
	for _, part := range l.parts(ops) {
		at := slices.IndexFunc(part.Ops, func(op history.Op) bool { return op.ID == f.culprit.ID })
		if at < 0 {
			continue
		}
		bad, judge := prefix(part.Ops, part.Ops[at]), part.checker(l.limits)
		of, applies := judge.findByZones(ctx, bad)
		if !applies {
			of = finding{outcome: judge.search(ctx, bad, coreSteps), bad: bad, culprit: part.Ops[at]}
		}
		if of.answer == illegal {
			f.part = &blamed{Part: part, finding: of}
			return f
		}
	}
	return f
}

// blamed is a part of an object, and what was found of it.
type blamed struct {
	Part
	finding
}

// explain says why the part is not linearizable, and so the whole.
func (b blamed) explain(ctx context.Context, key string, h history.History, culprit history.Op, lim Limits) *Core {
	b.parts = []string{b.Name}
	e := b.checker(lim).explain(ctx, key, history.History{Ops: b.Ops, Faults: h.Faults}, b.finding)
	e.Culprit = culprit
	return e
}

// Divisible is a Model of an object of parts in the sense of history.Op.Within: of a legal
// order of operations a legal one of what they did within some of the parts is left.
type Divisible interface {
	// Parts returns the names of the parts that op tells of.
	Parts(op history.Op) []string
}

// fewerParts leaves out parts of the object that a violation does not need, half of them
// first. It returns those that are left, nil for all, and what bad did within them.
func (p portfolio[S]) fewerParts(ctx context.Context, bad []history.Op) (parts []string, left []history.Op) {
	d, ok := p.model.(Divisible)
	if !ok {
		return nil, bad
	}
	for _, op := range bad {
		parts = append(parts, d.Parts(op)...)
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	all, steps := len(parts), stepsToReduce(bad)
	left = bad
	for run := (all + 1) / 2; run > 0; run /= 2 {
		for from := 0; from < len(parts) && steps > 0; {
			rest := slices.Concat(parts[:from], parts[min(from+run, len(parts)):])
			some := within(bad, rest)
			out := outcome{answer: undecided}
			if len(rest) > 0 {
				out = p.decide(ctx, some, steps)
			}
			if steps -= len(some) + out.steps; out.answer == illegal {
				parts, left = rest, some
			} else {
				from += run
			}
		}
	}
	if len(parts) == all {
		return nil, bad
	}
	return parts, left
}

// within returns what ops did within some parts.
func within(ops []history.Op, parts []string) []history.Op {
	some := make([]history.Op, 0, len(ops))
	for _, op := range ops {
		if op, touches := op.Within(parts); touches {
			some = append(some, op)
		}
	}
	return some
}
