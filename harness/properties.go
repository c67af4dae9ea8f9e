package harness

import (
	"context"
	"strings"

	"senkei/checker"
	"senkei/harness/expect"
	"senkei/history"
	"senkei/workloads"
)

// Recorded is what a run left, beside its history.
type Recorded struct {
	Dir      Dir
	Test     Test
	Workload workloads.Workload
}

// RunProperty makes a property of what a run left; nil where it does not concern that run.
type RunProperty func(r Recorded) (checker.Property, error)

// RunProperties is the table of those that every run is judged by, beside its workload's.
func RunProperties() []RunProperty {
	return []RunProperty{soundness, coverage, invariants, expectations}
}

// noted is a property of a run whose verdict rests on what its test notes.
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
func soundness(r Recorded) (checker.Property, error) {
	return noted{"soundness of the run", func(history.History) checker.Verdict {
		switch t := r.Test; {
		case t.Ended.IsZero():
			return checker.Verdict{Summary: checker.NothingProved, Reason: "the run did not come to its end, so what is recorded is only its beginning"}
		case len(t.Problems) > 0:
			return checker.Verdict{Summary: checker.NothingProved, Reason: strings.Join(t.Problems, "; ")}
		default:
			return checker.Verdict{Status: checker.Valid}
		}
	}}, nil
}

// coverage is whether the history can prove anything.
func coverage(r Recorded) (checker.Property, error) {
	return checker.Coverage(r.Workload.Functions, r.Test.Nemesis), nil
}

// expectations is whether all was observed that the schedule expects.
func expectations(r Recorded) (checker.Property, error) {
	if len(r.Test.Expect) == 0 {
		return nil, nil
	}
	seen, err := r.Dir.observations()
	if err != nil {
		return nil, err
	}
	return expect.Property{Expected: r.Test.Expect, Observations: seen}, nil
}

// invariants is whether a simulation saw everything as it must be, whatever the history says.
func invariants(r Recorded) (checker.Property, error) {
	if r.Test.Runtime != Simulated {
		return nil, nil
	}
	return noted{"invariants of the simulation", func(history.History) checker.Verdict {
		if r.Test.Broken != "" {
			return checker.Verdict{Status: checker.Invalid, Summary: "the simulation saw something broken", Reason: r.Test.Broken}
		}
		return checker.Verdict{Status: checker.Valid}
	}}, nil
}
