package extending

import (
	"context"
	"fmt"
	"time"

	"senkei/checker"
	"senkei/history"
)

// Prompt is a property: every operation that ended well did so in time.
type Prompt struct{ Within time.Duration }

func (Prompt) Name() string { return "prompt" }

func (p Prompt) Check(_ context.Context, h history.History, _ checker.Limits) checker.Verdict {
	for _, op := range h.Ops {
		if took := op.End - op.Start; op.Outcome == history.OK && took > p.Within {
			return checker.Verdict{
				Property: p.Name(), Key: op.In.Key, Status: checker.Invalid, Summary: "an answer came late",
				Reason: fmt.Sprintf("%s took %v", op.Subject(), took),
			}
		}
	}
	return checker.Verdict{Property: p.Name(), Status: checker.Valid, Summary: "every answer came in time"}
}
