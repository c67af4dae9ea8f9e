package linearizable

import (
	"context"
	"slices"

	"senkei/checker"
	"senkei/checker/model"
	"senkei/history"
)

// shortestBadPrefix returns the shortest prefix of ops that is not linearizable, and the
// operation whose completion ends it: one of ends, of which the caller knows that the last
// one ends a bad prefix, and those up to number good do not. It tries number try first, and
// then leaps on from there, ever further, since most often it is not far, unless try is always.
// Where a budget ends before, the prefix is bad, but perhaps not the shortest.
func (p portfolio[S]) shortestBadPrefix(ctx context.Context, ops, ends []history.Op, good, try int) ([]history.Op, history.Op) {
	leap := 1
	if try == always {
		leap = 0
	}
	bad := firstBad(good, len(ends)-1, try, func(at int) (answer, int) {
		cut := prefix(ops, ends[at])
		a := p.refute(ctx, cut, ends[:at+1])
		if a == undecided {
			a = p.decide(ctx, cut, 0).answer
		}
		if a == illegal {
			return a, always
		}
		next := at + leap
		leap *= 2
		return a, next
	})
	return prefix(ops, ends[bad]), ends[bad]
}

// firstBad returns the first of the positions up to bad, which is bad, at which judge does
// not say legal. Those up to good are, and after a legal one there may be bad ones, but not
// the other way round, as every prefix of a linearizable history is linearizable. It tries
// next what is suggested, at last by judge, but stays the further before what was found to be
// bad the more often that happened; a suggestion that is known to be good is none. Where judge
// gives no answer, because a budget ends, what is returned is bad, but perhaps not the first.
func firstBad(good, bad, suggested int, judge func(at int) (a answer, suggested int)) int {
	for back := 1; bad-good > 1; {
		try := min(suggested, bad-back)
		if try <= good {
			try = good + (bad-good)/2
		}
		a, next := judge(try)
		switch suggested = always; a {
		case legal:
			good = try
		case illegal:
			bad, suggested, back = try, next, 2*back
		default:
			return bad
		}
	}
	return bad
}

// prefix returns the operations as they were known at the completion of last, and those that
// failed.
func prefix(ops []history.Op, last history.Op) []history.Op {
	cut := make([]history.Op, 0, len(ops))
	for _, op := range ops {
		if op.Invoke > last.Complete {
			break // they come by Invoke
		}
		known, _ := op.KnownAt(last.Complete)
		if known.Complete != op.Complete {
			known.End = last.End
		}
		cut = append(cut, known)
	}
	return cut
}

// refuteMax is how many ends the last window of refute looks back.
const refuteMax = 1 << 8

// refute looks for what is wrong with ops in windows that end where they do. It answers
// illegal or, if it does not know, undecided. ends are the operations with a result, by the
// position of that.
func (p portfolio[S]) refute(ctx context.Context, ops, ends []history.Op) answer {
	memory := p.limits.MemoryBytes - timelineBytes(2*len(ops))
	if !p.uses(checker.Projection) || memory < 0 || !model.Knows(p.cell, ops) {
		return undecided
	}
	ops = p.searched(ops)
	last := len(ends) - 1
	for _, open := range []func(*history.Op, int, int) windowSearch{valueWindows(p.cell, ops), cellWindows(p.cell, ops)} {
		for back := windowFirst; back <= min(refuteMax, last); back *= windowGrowth {
			w := open(&ends[last], ends[last-back].Complete, ends[last].Complete)
			if w == nil {
				break
			}
			a := w.turn(ctx, turnSteps, memory)
			if a == illegal {
				return illegal
			}
			if a != legal {
				break
			}
		}
	}
	return undecided
}

// core leaves out of a bad prefix what the violation does not need: whatever the model
// can spare, if the rest stays bad. Runs of spare operations are tried first, halved
// again and again (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
// input", 2002), until nothing more can go or a budget ends.
func (p portfolio[S]) core(ctx context.Context, bad []history.Op, culprit int) []history.Op {
	bad = model.Relevant(bad)
	if small := p.smallCore(ctx, bad, culprit); small != nil {
		return small
	}
	if p.hints.Removable == nil {
		return bad
	}
	r := &reduction[S]{portfolio: p, culprit: culprit, steps: stepsToReduce(bad)}
	for run := len(bad); run > 0 && !r.over; {
		smaller := r.dropRuns(ctx, bad, run)
		// What was dropped may have been the last observer of something else.
		if len(smaller) < len(bad) && run == 1 {
			run = len(smaller)
		} else {
			run /= 2
		}
		bad = smaller
	}
	return bad
}

// smallCore looks for a core of a handful: the culprit, and one operation more that it
// contradicts, the latest ones first, with what these need. nil if it finds none.
func (p portfolio[S]) smallCore(ctx context.Context, bad []history.Op, culprit int) []history.Op {
	const most, tries = 12, 20_000
	if p.hints.Closure == nil {
		return nil
	}
	last := slices.IndexFunc(bad, func(op history.Op) bool { return op.ID == culprit })
	if last < 0 {
		return nil
	}
	closure := p.hints.Closure(bad)
	// closed returns a part of bad with what it needs, by Invoke, if that is certainly not
	// linearizable; else the answer.
	closed := func(part []int) ([]int, answer) {
		if part = closure(part, most); part == nil {
			return nil, legal
		}
		slices.Sort(part)
		return part, p.decide(ctx, chosen(bad, part), 0).answer
	}
	for i := len(bad) - 1; i >= max(0, len(bad)-tries); i-- {
		switch part, a := closed(slices.Compact([]int{last, i})); a {
		case legal:
		case illegal:
			return chosen(bad, fewest(part, last, closed))
		default:
			return nil
		}
	}
	return nil
}

// fewest leaves out of a small part of a history what it can do without, but for one. Nothing
// else is spare: an operation may be there to show that others do not matter.
func fewest(part []int, keep int, closed func(part []int) ([]int, answer)) []int {
	for n := 0; n < len(part); {
		rest := slices.Delete(slices.Clone(part), n, n+1)
		if smaller, a := closed(rest); part[n] != keep && a == illegal && len(smaller) < len(part) {
			part, n = smaller, 0
		} else {
			n++
		}
	}
	return part
}

// chosen returns the operations at some positions.
func chosen(ops []history.Op, positions []int) []history.Op {
	some := make([]history.Op, len(positions))
	for n, at := range positions {
		some[n] = ops[at]
	}
	return some
}

// A reduction takes no more steps than coreSteps, and those of so many searches in which
// hardly anything leads astray.
const (
	coreSteps = 1 << 16
	coreTries = 20
)

func stepsToReduce(bad []history.Op) int { return coreTries*4*len(bad) + coreSteps }

// reduction makes a core smaller.
type reduction[S comparable] struct {
	portfolio[S]
	culprit int // ID
	steps   int // left
	over    bool
}

// dropRuns tries to leave out each run of so many spare operations, the first ones first.
func (r *reduction[S]) dropRuns(ctx context.Context, bad []history.Op, run int) []history.Op {
	spare := r.hints.Removable(bad)
	drop := map[int]bool{}
	var pending []int
	for i, op := range bad {
		if spare[i] && op.ID != r.culprit {
			pending = append(pending, op.ID)
		}
		if len(pending) < run && (i < len(bad)-1 || len(pending) == 0) {
			continue
		}
		for _, id := range pending {
			drop[id] = true
		}
		if !r.staysBad(ctx, bad, drop) {
			for _, id := range pending {
				delete(drop, id)
			}
		}
		if pending = pending[:0]; r.over {
			break
		}
	}
	return without(bad, drop)
}

// staysBad reports whether bad is certainly not linearizable without some operations.
func (r *reduction[S]) staysBad(ctx context.Context, bad []history.Op, drop map[int]bool) bool {
	out := r.decide(ctx, without(bad, drop), r.steps)
	r.steps -= out.steps
	r.over = r.steps <= 0 || out.answer != legal && out.answer != illegal
	return out.answer == illegal
}

func without(ops []history.Op, drop map[int]bool) []history.Op {
	return slices.DeleteFunc(slices.Clone(ops), func(op history.Op) bool { return drop[op.ID] })
}
