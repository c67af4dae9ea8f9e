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
func Linearizable[S comparable](m Model[S], lim Limits) Keyed {
	if lim.MemoryBytes == 0 {
		lim.MemoryBytes = DefaultMemoryBytes
	}
	return linearizable[S]{searcher[S]{model: m, memoryBytes: lim.MemoryBytes}}
}

type linearizable[S comparable] struct{ searcher[S] }

// Name returns "linearizable" and the model's name.
func (l linearizable[S]) Name() string { return "linearizable " + l.model.Name() }

func (l linearizable[S]) Check(ctx context.Context, h history.History) Verdict {
	var verdicts []Verdict
	for key, ops := range h.ByKey() {
		verdicts = append(verdicts, l.CheckKey(ctx, key, history.History{Ops: ops, Faults: h.Faults}))
	}
	return Merge(l.Name(), verdicts...)
}

func (l linearizable[S]) CheckKey(ctx context.Context, key string, h history.History) Verdict {
	v := Verdict{Checker: l.Name(), Key: key}
	switch a := l.decide(ctx, h.Ops); a {
	case legal:
		v.Status = Valid
	case illegal:
		v.Status = Invalid
		v.Explanation = l.explain(ctx, key, h)
		v.Reason = v.Explanation.Sentences[0]
	case outOfTime:
		v.Reason = fmt.Sprintf("key %s: %d operations could not be judged in the time given; use fewer operations per key, or raise --check-time",
			named(key), len(h.Ops))
	case outOfMemory:
		v.Reason = fmt.Sprintf("key %s: %d operations need more than %s of search memory; use fewer operations per key, or raise --memory",
			named(key), len(h.Ops), size(l.memoryBytes))
	default:
		panic(fmt.Sprintf("checker: answer %d", a))
	}
	return v
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
