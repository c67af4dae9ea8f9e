package minimize

import (
	"slices"

	"senkei/checker/linearizable/engine"
	"senkei/checker/model"
	"senkei/history"
)

// Minimizer makes a history that is not linearizable smaller, as long as it certainly stays so.
type Minimizer struct {
	// Decide judges operations, by Invoke, in about so many steps, 0 for no limit, and says how
	// many it took.
	Decide func(ops []history.Op, stepsMax int) (a engine.Answer, steps int)
	// Removable and Closure are model.Hints, and Parts that of a model.Composite; nil where the
	// model has none.
	Removable func(ops []history.Op) []bool
	Closure   func(ops []history.Op) func(part []int, most int) []int
	Parts     func(op history.Op) []string
}

// Core leaves out of a bad prefix what the violation does not need: whatever the model
// can removable, if the rest stays bad. Runs of removable operations are tried first, halved
// again and again (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
// input", 2002), until nothing more can go or a budget ends.
//
// Invariant: what it returns is certainly not linearizable, and holds the culprit if bad does.
func (m Minimizer) Core(bad []history.Op, culprit int) []history.Op {
	bad = model.Relevant(bad)
	if small := m.smallCore(bad, culprit); small != nil {
		return small
	}
	if m.Removable == nil {
		return bad
	}
	r := &reduction{Minimizer: m, culprit: culprit, steps: stepsToReduce(bad)}
	for run := len(bad); run > 0 && !r.over; {
		smaller := r.dropRuns(bad, run)
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
func (m Minimizer) smallCore(bad []history.Op, culprit int) []history.Op {
	const most, tries = 12, 20_000
	if m.Closure == nil {
		return nil
	}
	last := slices.IndexFunc(bad, func(op history.Op) bool { return op.ID == culprit })
	if last < 0 {
		return nil
	}
	closure := m.Closure(bad)
	// closed returns a part of bad with what it needs, by Invoke, if that is certainly not
	// linearizable; else the answer.
	closed := func(part []int) ([]int, engine.Answer) {
		if part = closure(part, most); part == nil {
			return nil, engine.Legal
		}
		slices.Sort(part)
		a, _ := m.Decide(Chosen(bad, part), 0)
		return part, a
	}
	for i := len(bad) - 1; i >= max(0, len(bad)-tries); i-- {
		switch part, a := closed(slices.Compact([]int{last, i})); a {
		case engine.Legal:
		case engine.Illegal:
			return Chosen(bad, fewest(part, last, closed))
		default:
			return nil
		}
	}
	return nil
}

// fewest leaves out of a small part of a history what it can do without, but for one. Nothing
// else is removable: an operation may be there to show that others do not matter.
func fewest(part []int, keep int, closed func(part []int) ([]int, engine.Answer)) []int {
	for n := 0; n < len(part); {
		rest := slices.Delete(slices.Clone(part), n, n+1)
		if smaller, a := closed(rest); part[n] != keep && a == engine.Illegal && len(smaller) < len(part) {
			part, n = smaller, 0
		} else {
			n++
		}
	}
	return part
}

// A reduction takes no more steps than CoreSteps, and those of so many searches in which
// hardly anything leads astray.
const (
	CoreSteps = 1 << 16
	coreTries = 20
)

func stepsToReduce(bad []history.Op) int { return coreTries*4*len(bad) + CoreSteps }

// reduction makes a core smaller.
type reduction struct {
	Minimizer
	culprit int // ID
	steps   int // left
	over    bool
}

// dropRuns tries to leave out each run of so many removable operations, the first ones first.
func (r *reduction) dropRuns(bad []history.Op, run int) []history.Op {
	removable := r.Removable(bad)
	drop := map[int]bool{}
	var pending []int
	for i, op := range bad {
		if removable[i] && op.ID != r.culprit {
			pending = append(pending, op.ID)
		}
		if len(pending) < run && (i < len(bad)-1 || len(pending) == 0) {
			continue
		}
		for _, id := range pending {
			drop[id] = true
		}
		if !r.staysBad(bad, drop) {
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
func (r *reduction) staysBad(bad []history.Op, drop map[int]bool) bool {
	a, steps := r.Decide(without(bad, drop), r.steps)
	r.steps -= steps
	r.over = r.steps <= 0 || a != engine.Legal && a != engine.Illegal
	return a == engine.Illegal
}

func without(ops []history.Op, drop map[int]bool) []history.Op {
	return slices.DeleteFunc(slices.Clone(ops), func(op history.Op) bool { return drop[op.ID] })
}

// FewerParts leaves out parts of the object that a violation does not need, half of them
// first. It returns those that are left, nil for all, and what bad did within them.
func (m Minimizer) FewerParts(bad []history.Op) (parts []string, left []history.Op) {
	if m.Parts == nil {
		return nil, bad
	}
	for _, op := range bad {
		parts = append(parts, m.Parts(op)...)
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	all, steps := len(parts), stepsToReduce(bad)
	left = bad
	for run := (all + 1) / 2; run > 0; run /= 2 {
		for from := 0; from < len(parts) && steps > 0; {
			rest := slices.Concat(parts[:from], parts[min(from+run, len(parts)):])
			some := Within(bad, rest)
			a, taken := engine.Undecided, 0
			if len(rest) > 0 {
				a, taken = m.Decide(some, steps)
			}
			if steps -= len(some) + taken; a == engine.Illegal {
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
