package linearizable

import (
	"context"
	"fmt"

	"senkei/checker"
	"senkei/checker/linearizable/engine"
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

// linearizable is the property of a model; pipeline.go says how it is decided.
type linearizable[S comparable] struct{ portfolio[S] }

// Name returns "linearizable" and the model's name.
func (l linearizable[S]) Name() string { return "linearizable " + l.model.Name() }

// Model returns the model's ID.
func (l linearizable[S]) Model() string { return l.model.ID() }

// Admit is the model's: an error says why it does not know the request.
func (l linearizable[S]) Admit(in history.Input) error { return l.model.Admit(in) }

// Check judges each key, see checker.Keyed.
func (l linearizable[S]) Check(ctx context.Context, h history.History, lim checker.Limits) checker.Verdict {
	var verdicts []checker.Verdict
	for key, ops := range h.ByKey() {
		verdicts = append(verdicts, l.CheckKey(ctx, key, history.History{Ops: ops, Faults: h.Faults}, lim))
	}
	return checker.Merge(l.Name(), verdicts...)
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
