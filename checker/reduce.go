package checker

import (
	"context"
	"slices"

	"senkei/history"
)

// shortestBadPrefix returns the shortest prefix of ops that is not linearizable, and the
// operation whose completion ends it. The caller knows that ops as a whole are not. Every
// prefix of a linearizable history is linearizable, so binary search finds it. Where a
// budget ends before, the prefix is bad, but perhaps not the shortest.
func (s searcher[S]) shortestBadPrefix(ctx context.Context, ops []history.Op) ([]history.Op, history.Op) {
	var ends []history.Op // only a result that constrains can make a prefix bad
	for _, op := range ops {
		if op.Outcome == history.OK {
			ends = append(ends, op)
		}
	}
	slices.SortFunc(ends, func(a, b history.Op) int { return a.Complete - b.Complete })
	good, bad := -1, len(ends)-1
	for bad-good > 1 {
		middle := good + (bad-good)/2
		switch s.decide(ctx, prefix(ops, ends[middle])) {
		case legal:
			good = middle
		case illegal:
			bad = middle
		default:
			return prefix(ops, ends[bad]), ends[bad]
		}
	}
	return prefix(ops, ends[bad]), ends[bad]
}

// prefix returns the operations as they were known at the completion of last: those
// invoked by then, with an unknown outcome for those still open. That an operation never
// had an effect stays true whenever it became known.
func prefix(ops []history.Op, last history.Op) []history.Op {
	var cut []history.Op
	for _, op := range ops {
		if op.Invoke > last.Complete {
			continue
		}
		if op.Complete > last.Complete && op.Outcome == history.OK {
			op.Outcome, op.Out, op.Complete, op.End = history.Unknown, history.Output{}, history.Never, last.End
		}
		cut = append(cut, op)
	}
	return cut
}

// core leaves out of a bad prefix what the violation does not need: whatever the model
// can spare, if the rest stays bad. Runs of spare operations are tried first, halved
// again and again (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
// input", 2002), until nothing more can go or a budget ends.
func (s searcher[S]) core(ctx context.Context, bad []history.Op, culprit int) []history.Op {
	bad = relevant(bad)
	model, ok := s.model.(Shrinker)
	if !ok {
		return bad
	}
	for run := len(bad); run > 0; {
		smaller, stopped := s.dropRuns(ctx, bad, culprit, run, model)
		if stopped {
			return smaller
		}
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

// dropRuns tries to leave out each run of so many spare operations, the first ones
// first, and reports whether a budget ended.
func (s searcher[S]) dropRuns(ctx context.Context, bad []history.Op, culprit, run int, model Shrinker) ([]history.Op, bool) {
	spare := model.Spare(bad)
	drop := map[int]bool{}
	var pending []int
	try := func() bool {
		for _, id := range pending {
			drop[id] = true
		}
		rest := slices.DeleteFunc(slices.Clone(bad), func(op history.Op) bool { return drop[op.ID] })
		a := s.decide(ctx, rest)
		if a != illegal {
			for _, id := range pending {
				delete(drop, id)
			}
		}
		pending = pending[:0]
		return a == legal || a == illegal
	}
	stopped := false
	for i, op := range bad {
		if spare[i] && op.ID != culprit {
			pending = append(pending, op.ID)
		}
		if len(pending) == run || i == len(bad)-1 && len(pending) > 0 {
			if stopped = !try(); stopped {
				break
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(bad), func(op history.Op) bool { return drop[op.ID] }), stopped
}
