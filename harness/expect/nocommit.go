package expect

import (
	"slices"
	"time"

	"senkei/checker"
	"senkei/history"
	"senkei/nemesis"
)

const (
	// notice is how long the nodes and their clients may take to notice a fault: what was
	// under way may end, and a leader without a majority may step down.
	notice = 2 * time.Second
	// answersMin is how many answers show that an interval was watched.
	answersMin = 5
)

// noCommit: once the fault was noticed, and until it is healed, no write is acknowledged,
// no commit index moves and no node is elected. A leader of before may go on believing that
// it leads, as long as it commits nothing.
func (e Expectation) noCommit(seen record, span history.Span) checker.Verdict {
	from, to := span.Start+notice, span.End
	answers := seen.within(from, to)
	switch before, led := last(seen.within(0, span.Start)); {
	case len(answers) < answersMin:
		return unknown("only %d answers between %s and %s tell what the nodes did: let the fault last longer", len(answers), at(from), at(to))
	case !seen.tried(from, to):
		return unknown("no client tried to write between %s and %s", at(from), at(to))
	case !led:
		return unknown("no node was seen leading before the fault")
	default:
		return nothingDone(seen, answers, before.Term, from, to)
	}
}

func nothingDone(seen record, answers []Observation, term uint64, from, to time.Duration) checker.Verdict {
	if op, ok := seen.written(from, to); ok {
		return violated("nothing was expected to be committed; process %d's %s, invoked at %s, was acknowledged at %s",
			op.Process, op.In.F, at(op.Start), at(op.End))
	}
	if o, ok := leader(answers, term); ok {
		return violated("no election was expected to end; %s led in term %d at %s", o.Node, o.Term, at(o.Told))
	}
	commits := map[history.NodeID]uint64{}
	for _, o := range answers {
		held, known := commits[o.Node]
		if known && o.Commit > held {
			return violated("nothing was expected to be committed; the commit index of %s went from %d to %d at %s",
				o.Node, held, o.Commit, at(o.Told))
		}
		commits[o.Node] = max(held, o.Commit)
	}
	if !tellLogs(answers) {
		return unknown("the nodes do not say what they committed, so %s cannot be judged", nemesis.NoCommit)
	}
	return met("from %s to %s no write was acknowledged, no commit index moved and no node was elected", at(from), at(to))
}

// tellLogs reports whether some answer says anything of a log.
func tellLogs(answers []Observation) bool {
	return slices.ContainsFunc(answers, func(o Observation) bool { return o.Commit > 0 || o.Last > 0 })
}
