package linearizable

import (
	"context"

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
