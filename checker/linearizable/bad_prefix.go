package linearizable

import (
	"context"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/minimize"
	"senkei/checker/linearizable/relax"
	"senkei/checker/linearizable/search"
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
	if try == minimize.Always {
		leap = 0
	}
	bad := minimize.FirstBad(good, len(ends)-1, try, func(at int) (engine.Answer, int) {
		cut := minimize.Prefix(ops, ends[at])
		a := p.refute(ctx, cut, ends[:at+1])
		if a == engine.Undecided {
			a = p.decide(ctx, cut, 0).Answer
		}
		if a == engine.Illegal {
			return a, minimize.Always
		}
		next := at + leap
		leap *= 2
		return a, next
	})
	return minimize.Prefix(ops, ends[bad]), ends[bad]
}

// refuteMax is how many ends the last window of refute looks back.
const refuteMax = 1 << 8

// refute looks for what is wrong with ops in windows that end where they do. It answers
// illegal or, if it does not know, undecided. ends are the operations with a result, by the
// position of that.
func (p portfolio[S]) refute(ctx context.Context, ops, ends []history.Op) engine.Answer {
	memory := p.limits.MemoryBytes - search.TimelineBytes(2*len(ops))
	if !p.uses(checker.Windows) || memory < 0 || !model.Knows(p.cell, ops) {
		return engine.Undecided
	}
	ops = p.searched(ops)
	last := len(ends) - 1
	for _, open := range []func(*history.Op, int, int) relax.WindowSearch{relax.ValueWindows(p.cell, ops), relax.CellWindows(p.cell, ops)} {
		for back := relax.First; back <= min(refuteMax, last); back *= relax.Growth {
			w := open(&ends[last], ends[last-back].Complete, ends[last].Complete)
			if w == nil {
				break
			}
			a := w.Turn(ctx, turnSteps, memory)
			if a == engine.Illegal {
				return engine.Illegal
			}
			if a != engine.Legal {
				break
			}
		}
	}
	return engine.Undecided
}
