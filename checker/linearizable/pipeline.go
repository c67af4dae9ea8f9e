package linearizable

import (
	"context"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/minimize"
	"senkei/history"
)

// CheckKey judges the operations of one key:
//
//   - prune: what cannot matter is left out (model.Relevant and Hints.Prune, in search)
//   - decide: what the model knows answers without a search (direct.go)
//   - search: else engines compete (portfolio.go)
//   - minimize: of a violation, the shortest bad prefix and a small core are found (bad_prefix.go
//     and package minimize)
//   - explain: the core is put into words (explain.go and package explain)
//
// Each step keeps the answer: pruned operations are linearizable if and only if all are, and a
// core is certainly not linearizable. Where a budget ends, the answer is Unknown; where it ends
// during minimizing or explaining, the violation stays one, told less well.
func (l linearizable[S]) CheckKey(ctx context.Context, key string, h history.History, lim checker.Limits) checker.Verdict {
	if l.limits = lim; lim.MemoryBytes == 0 {
		l.limits.MemoryBytes = checker.DefaultMemoryBytes
	}
	v := checker.Verdict{Property: l.Name(), Key: key, Summary: checker.NothingProved}
	f := l.find(ctx, h.Ops)
	switch f.Answer {
	case engine.Legal:
		v.Status, v.Summary = checker.Valid, "the history is linearizable"
		if f.order != nil {
			v.Evidence = &checker.Order{IDs: f.order}
		}
	case engine.Illegal:
		core := l.explain(ctx, key, h, f)
		v.Status, v.Summary = checker.Invalid, "the history is not linearizable"
		v.Reason, v.Evidence = core.Sentences[0], core
	default:
		v.Reason = l.doubt(key, len(h.Ops), f.outcome)
	}
	return v
}

// finding is the answer for the operations of one key. Where it is illegal, bad is a part
// of them that is not linearizable, reached by sound drops from the shortest bad prefix,
// and culprit ended that prefix. why is what a Decider says of it.
type finding struct {
	outcome
	bad     []history.Op
	culprit history.Op
	why     string
	part    *culpritPart // a part that shows it alone, or nil
	parts   []string     // within which bad is; nil if it was not looked for
}

// find decides the operations of one key, and finds what is at fault where they are not
// linearizable.
//
// A decision comes before a search, because it takes O(n log n) and a search may take exponential
// time. Most histories of a test are decided: their values are unique.
func (l linearizable[S]) find(ctx context.Context, ops []history.Op) finding {
	if a := engine.Ended(ctx); a != engine.Undecided {
		return finding{outcome: outcome{Answer: a}}
	}
	if f, ok := l.findDirectly(ctx, ops); ok {
		return f
	}
	if l.limits.Algorithm == checker.Direct {
		return finding{outcome: outcome{Answer: engine.Undecided}}
	}
	f := finding{outcome: l.search(ctx, ops, 0)}
	if f.Answer == engine.Illegal {
		f = l.shortest(ctx, ops, f)
		f = l.attribute(ctx, ops, f)
	}
	return f
}

// shortest finds the shortest prefix of ops that is not linearizable, of which a search found
// that they are not. That the search had passed all ends before the one at which it stood
// proves these prefixes linearizable, so that the next end is tried first.
func (l linearizable[S]) shortest(ctx context.Context, ops []history.Op, f finding) finding {
	ends := minimize.Completions(ops)
	good, try := minimize.Always, minimize.Always
	if f.stuck != minimize.Always {
		try = minimize.EndAt(ends, f.stuck)
		good = try - 1
	}
	f.bad, f.culprit = l.shortestBadPrefix(ctx, ops, ends, good, try)
	return f
}
