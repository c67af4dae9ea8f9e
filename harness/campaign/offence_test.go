package campaign

import (
	"context"

	"senkei/checker"
	"senkei/history"
)

// offended calls a history invalid in which a value was written for certain.
type offended struct{ value history.Value }

func offence(value history.Value) func(checker.Limits) checker.Keyed {
	return func(checker.Limits) checker.Keyed { return offended{value} }
}

func (offended) Name() string { return "offended" }

func (o offended) CheckKey(ctx context.Context, _ string, h history.History) checker.Verdict {
	return o.Check(ctx, h)
}

func (o offended) Check(_ context.Context, h history.History) checker.Verdict {
	for _, op := range h.Ops {
		if op.In.F == history.Write && op.In.Value == o.value && op.Outcome == history.OK {
			return checker.Verdict{Checker: "offended", Status: checker.Invalid, Reason: "it was written", Explanation: &checker.Explanation{Sentences: []string{"it was written"}, Culprit: op}}
		}
	}
	return checker.Verdict{Checker: "offended", Status: checker.Valid}
}
