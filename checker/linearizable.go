package checker

import (
	"context"
	"fmt"
	"math"
	"slices"

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
	l := linearizable[S]{searcher[S]{model: m, memoryBytes: lim.MemoryBytes}}
	l.cell, _ = m.(Cell[S])
	return l
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
	f := l.find(ctx, h.Ops)
	switch f.answer {
	case legal:
		v.Status = Valid
	case illegal:
		v.Status = Invalid
		v.Explanation = l.explain(ctx, key, h, f)
		v.Reason = v.Explanation.Sentences[0]
	case outOfTime:
		v.Reason = fmt.Sprintf("key %s: %d operations could not be judged in the time given; use fewer operations per key, or raise --check-time",
			named(key), len(h.Ops))
	case outOfMemory:
		v.Reason = fmt.Sprintf("key %s: %d operations need more than %s of search memory; use fewer operations per key, or raise --memory",
			named(key), len(h.Ops), size(l.memoryBytes))
	default:
		panic(fmt.Sprintf("checker: answer %d", f.answer))
	}
	return v
}

// finding is the answer for the operations of one key. Where it is illegal, bad is a part
// of them that is not linearizable, reached by sound drops from the shortest bad prefix,
// and culprit ended that prefix.
type finding struct {
	answer
	bad     []history.Op
	culprit history.Op
}

func (l linearizable[S]) find(ctx context.Context, ops []history.Op) finding {
	if ctx.Err() != nil {
		return finding{answer: outOfTime}
	}
	if l.cell != nil {
		if f, ok := l.findByZones(ctx, ops); ok {
			return f
		}
	}
	f := finding{answer: l.decide(ctx, ops)}
	if f.answer == illegal {
		f.bad, f.culprit = l.shortestBadPrefix(ctx, ops)
	}
	return f
}

func (l linearizable[S]) findByZones(ctx context.Context, ops []history.Op) (f finding, applies bool) {
	z := newZones(l.cell, ops)
	wrong, ok, applies := z.decide(math.MaxInt)
	switch {
	case !applies:
		return finding{}, false
	case ok:
		return finding{answer: legal}, true
	}
	position := z.shortest(ctx, wrong, func(position int) answer {
		return l.decide(ctx, prefix(ops, history.Op{Complete: position}))
	})
	f = finding{answer: illegal, culprit: ops[slices.IndexFunc(ops, func(op history.Op) bool { return op.Complete == position })]}
	wrong, _, applies = z.decide(position)
	if !applies {
		f.bad = prefix(ops, f.culprit)
		return f, true
	}
	for _, i := range z.core(wrong, position, position) {
		f.bad = append(f.bad, ops[z.ops[i].op])
	}
	if !slices.Contains(f.bad, f.culprit) {
		f.bad = append(f.bad, f.culprit)
		slices.SortFunc(f.bad, func(a, b history.Op) int { return a.Invoke - b.Invoke })
	}
	f.bad = prefix(f.bad, f.culprit)
	return f, true
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
