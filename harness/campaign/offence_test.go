package campaign

import (
	"context"

	"senkei/checker"
	"senkei/history"
)

// offended calls a history invalid in which a value was written for certain.
type offended struct{ value history.Value }

func (offended) Name() string  { return "offended" }
func (offended) Model() string { return "" }

func (o offended) CheckKey(ctx context.Context, _ string, h history.History, lim checker.Limits) checker.Verdict {
	return o.Check(ctx, h, lim)
}

func (o offended) Check(_ context.Context, h history.History, _ checker.Limits) checker.Verdict {
	for _, op := range h.Ops {
		if op.In.F == history.Write && op.In.Value == o.value && op.Outcome == history.OK {
			return checker.Verdict{Property: "offended", Status: checker.Invalid, Reason: "it was written", Evidence: &checker.Core{Sentences: []string{"it was written"}, Culprit: op}}
		}
	}
	return checker.Verdict{Property: "offended", Status: checker.Valid}
}
