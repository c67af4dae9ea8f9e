package linearizable

import (
	"context"
	"fmt"
	"strings"

	"senkei/checker"
	"senkei/checker/linearizable/explain"
	"senkei/checker/model"
	"senkei/history"
)

// explainedMax is the most operations of which a model is asked for an explanation. A longer one
// explains nothing, and takes time with the square of its length.
const explainedMax = 200

// explain says why the operations of h, which are not linearizable, are not. Where a
// budget ends, it says what it has found by then.
func (l linearizable[S]) explain(ctx context.Context, key string, h history.History, f finding) *checker.Core {
	if f.part != nil {
		return f.part.explain(ctx, key, h, f.culprit, l.limits)
	}
	culprit := f.culprit
	if f.parts == nil {
		f.parts, f.bad = l.minimizer(ctx).FewerParts(f.bad)
	}
	e := &checker.Core{Key: key, Parts: f.parts, Culprit: culprit, Ops: l.minimizer(ctx).Core(f.bad, culprit.ID)}
	explain.Follow(ctx, l.model, e, l.limits.MemoryBytes)
	from := culprit.Invoke
	for _, op := range e.Ops {
		from = min(from, op.Complete)
	}
	e.Faults = append([]history.Span{}, h.During(from, culprit.Complete)...)
	if x, ok := l.model.(model.Explainer[S]); ok && len(e.Ops) <= explainedMax {
		e.Sentences = x.Explain(h.Ops, e.Ops, culprit)
	}
	switch {
	case len(e.Sentences) > 0:
	case f.why != "":
		e.Sentences = append([]string{history.Sentence(f.why)}, explain.Listed(e.Ops)...)
	case ctx.Err() != nil:
		e.Sentences = []string{fmt.Sprintf("These operations have no legal order; the time was over before it was found which one is at fault. It ended no later than %s.", culprit.Subject())}
	default:
		e.Sentences = explain.Plainly(*e)
	}
	if len(e.Parts) > 0 {
		e.Sentences = append(e.Sentences, fmt.Sprintf("Only what concerns %s is shown: that alone proves it.", strings.Join(e.Parts, " and ")))
	}
	if len(h.Faults) > 0 {
		e.Sentences = append(e.Sentences, explain.AboutFaults(*e)...)
	}
	return e
}
