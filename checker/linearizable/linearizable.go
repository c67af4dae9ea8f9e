package linearizable

import (
	"context"
	"fmt"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
	"senkei/checker/linearizable/minimize"
	"senkei/checker/model"
	"senkei/history"
)

// Of judges whether each key's operations can be put into one order that m
// allows and that keeps every operation before those that began after its end (Herlihy
// and Wing, "Linearizability", 1990). Linearizability is local, so a history is
// linearizable if and only if each key is.
func Of[S comparable](m model.Model[S]) checker.Keyed {
	l := linearizable[S]{portfolio[S]{model: m, hints: model.HintsOf(m), kind: model.KindOf(m)}}
	l.cell, _ = m.(model.Cell[S])
	return l
}

type linearizable[S comparable] struct{ portfolio[S] }

// Name returns "linearizable" and the model's name.
func (l linearizable[S]) Name() string { return "linearizable " + l.model.Name() }

func (l linearizable[S]) Check(ctx context.Context, h history.History, lim checker.Limits) checker.Verdict {
	var verdicts []checker.Verdict
	for key, ops := range h.ByKey() {
		verdicts = append(verdicts, l.CheckKey(ctx, key, history.History{Ops: ops, Faults: h.Faults}, lim))
	}
	return checker.Merge(l.Name(), verdicts...)
}

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

// doubt says what was not decided, why, and how far it was.
func (l linearizable[S]) doubt(key string, operations int, out outcome) string {
	text := fmt.Sprintf("key %s: %d operations could not be judged in the time given", named(key), operations)
	remedy := "raise --check-time"
	switch out.Answer {
	case engine.Undecided, engine.Silent:
		return fmt.Sprintf("key %s: the algorithm %s has no answer; let the others try as well", named(key), l.limits.Algorithm)
	case engine.OutOfMemory:
		text = fmt.Sprintf("key %s: %d operations need more than %s of memory", named(key), operations, size(l.limits.MemoryBytes))
		remedy = "raise --memory"
	}
	if out.by != "" {
		text += fmt.Sprintf(" (the %s got furthest: past the ends of %d of %d)", out.by, out.ended, out.ends)
	}
	return text + "; use fewer operations per key, or " + remedy
}

// finding is the answer for the operations of one key. Where it is illegal, bad is a part
// of them that is not linearizable, reached by sound drops from the shortest bad prefix,
// and culprit ended that prefix. why is what a Decider says of it.
type finding struct {
	outcome
	bad     []history.Op
	culprit history.Op
	why     string
	part    *blamed  // a part that shows it alone, or nil
	parts   []string // within which bad is; nil if it was not looked for
}

func (l linearizable[S]) find(ctx context.Context, ops []history.Op) finding {
	if a := engine.Ended(ctx); a != engine.Undecided {
		return finding{outcome: outcome{Answer: a}}
	}
	if l.uses(checker.Direct) {
		if f, ok := l.findDirectly(ctx, ops); ok {
			return f
		}
	}
	if l.limits.Algorithm == checker.Direct {
		return finding{outcome: outcome{Answer: engine.Undecided}}
	}
	f := finding{outcome: l.search(ctx, ops, 0)}
	if f.Answer == engine.Illegal {
		ends := minimize.Completions(ops)
		good, try := minimize.Always, minimize.Always
		if f.stuck != minimize.Always {
			try = minimize.EndAt(ends, f.stuck)
			good = try - 1
		}
		f.bad, f.culprit = l.shortestBadPrefix(ctx, ops, ends, good, try)
		f = l.blame(ctx, ops, f)
	}
	return f
}

// named returns the key as a sentence mentions it: quoted if it is empty.
func named(key string) string {
	if key == "" {
		return `""`
	}
	return key
}

func size(bytes int64) string {
	switch {
	case bytes >= 1<<30 && bytes%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", bytes>>30)
	case bytes >= 1<<20 && bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	default:
		return fmt.Sprintf("%d bytes", bytes)
	}
}
