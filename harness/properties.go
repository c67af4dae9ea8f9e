package harness

import (
	"context"
	"strings"

	"senkei/checker"
	"senkei/history"
)

// Beside what its workload asks for, a run is judged by what its test notes.

// noted is a property of that kind.
type noted struct {
	name  string
	judge func(h history.History) checker.Verdict
}

func (n noted) Name() string { return n.name }

func (n noted) Check(_ context.Context, h history.History, _ checker.Limits) checker.Verdict {
	v := n.judge(h)
	v.Property = n.name
	return v
}

// soundness is whether the run itself was such that a verdict can rest on it.
func (t Test) soundness() checker.Property {
	return noted{"soundness of the run", func(history.History) checker.Verdict {
		switch {
		case t.Ended.IsZero():
			return checker.Verdict{Summary: checker.NothingProved, Reason: "the run did not come to its end, so what is recorded is only its beginning"}
		case len(t.Problems) > 0:
			return checker.Verdict{Summary: checker.NothingProved, Reason: strings.Join(t.Problems, "; ")}
		default:
			return checker.Verdict{Status: checker.Valid}
		}
	}}
}

// invariants is whether a simulation saw everything as it must be, whatever the history says.
func (t Test) invariants() checker.Property {
	return noted{"invariants of the simulation", func(history.History) checker.Verdict {
		if t.Broken != "" {
			return checker.Verdict{Status: checker.Invalid, Summary: "the simulation saw something broken", Reason: t.Broken}
		}
		return checker.Verdict{Status: checker.Valid}
	}}
}
