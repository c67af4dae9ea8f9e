package checker

import (
	"context"
	"fmt"

	"senkei/history"
)

// Linearizable judges whether each key's operations can be put into one order that m
// allows and that keeps every operation before those that began after its end (Herlihy
// and Wing, "Linearizability", 1990). Linearizability is local, so a history is
// linearizable if and only if each key is.
func Linearizable[S comparable](m Model[S]) Keyed {
	l := linearizable[S]{portfolio[S]{model: m, effect: effects(m)}}
	l.cell, _ = m.(Cell[S])
	return l
}

type linearizable[S comparable] struct{ portfolio[S] }

// Name returns "linearizable" and the model's name.
func (l linearizable[S]) Name() string { return "linearizable " + l.model.Name() }

// Admit is the model's, see Admitter; a model that is none admits everything.
func (l linearizable[S]) Admit(in history.Input) error {
	if a, ok := l.model.(Admitter); ok {
		return a.Admit(in)
	}
	return nil
}

func (l linearizable[S]) Check(ctx context.Context, h history.History, lim Limits) Verdict {
	var verdicts []Verdict
	for key, ops := range h.ByKey() {
		verdicts = append(verdicts, l.CheckKey(ctx, key, history.History{Ops: ops, Faults: h.Faults}, lim))
	}
	return Merge(l.Name(), verdicts...)
}

func (l linearizable[S]) CheckKey(ctx context.Context, key string, h history.History, lim Limits) Verdict {
	if l.limits = lim; lim.MemoryBytes == 0 {
		l.limits.MemoryBytes = DefaultMemoryBytes
	}
	v := Verdict{Property: l.Name(), Key: key, Summary: NothingProved}
	f := l.find(ctx, h.Ops)
	switch f.answer {
	case legal:
		v.Status, v.Summary = Valid, "the history is linearizable"
		if f.order != nil {
			v.Evidence = &Order{IDs: f.order}
		}
	case illegal:
		core := l.explain(ctx, key, h, f)
		v.Status, v.Summary = Invalid, "the history is not linearizable"
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
	switch out.answer {
	case undecided, silent:
		return fmt.Sprintf("key %s: the algorithm %s has no answer; let the others try as well", named(key), l.limits.Algorithm)
	case outOfMemory:
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
	if a := ended(ctx); a != undecided {
		return finding{outcome: outcome{answer: a}}
	}
	if l.uses(Direct) {
		if f, ok := l.findDirectly(ctx, ops); ok {
			return f
		}
	}
	if l.limits.Algorithm == Direct {
		return finding{outcome: outcome{answer: undecided}}
	}
	f := finding{outcome: l.search(ctx, ops, 0)}
	if f.answer == illegal {
		ends := completions(ops)
		good, try := always, always
		if f.stuck != always {
			try = endAt(ends, f.stuck)
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
