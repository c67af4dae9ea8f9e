package expect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"senkei/checker"
	"senkei/history"
	"senkei/nemesis"
)

// Name is the name of the merged verdict.
const Name = "expectations"

// Expectation is one thing that must be observed in a run.
type Expectation struct {
	// Step is the number of the schedule's step, as its fault has it in the history.
	Step int                 `json:"step"`
	What nemesis.Expectation `json:"what"`
	At   time.Duration       `json:"at"`  // of the step, nanoseconds since the run began
	For  time.Duration       `json:"for"` // nanoseconds
	// Within bounds NewLeader and Recovery, in nanoseconds.
	Within time.Duration `json:"within,omitempty"`
}

// Of returns what a schedule expects.
func Of(s nemesis.Schedule) []Expectation {
	var all []Expectation
	for i, step := range s.Sorted() {
		for _, what := range step.Expect {
			e := Expectation{Step: i + 1, What: what, At: step.At, For: step.For}
			if what == nemesis.NewLeader || what == nemesis.Recovery {
				e.Within = step.Within
				if e.Within == 0 {
					e.Within = nemesis.DefaultWithin
				}
			}
			all = append(all, e)
		}
	}
	return all
}

// Judge decides each expectation. A verdict's Reason says in one sentence what was expected
// and what was seen, also where it was met. Whatever was not observed long enough is Unknown.
func Judge(all []Expectation, observations []Observation, h history.History) checker.Verdict {
	var parts []checker.Verdict
	for _, e := range all {
		parts = append(parts, e.judge(evidence{observations, h}))
	}
	return checker.Merge(Name, parts...)
}

func (e Expectation) judge(seen evidence) checker.Verdict {
	span := history.Span{Start: e.At, End: e.At + e.For, Text: "no fault"}
	if e.What != nemesis.Agree {
		i := slices.IndexFunc(seen.history.Faults, func(s history.Span) bool { return s.ID == e.Step })
		if i < 0 {
			v := unknown("its fault was never in force")
			v.Property = e.name("its fault")
			return v
		}
		span = seen.history.Faults[i]
	}
	var v checker.Verdict
	switch e.What {
	case nemesis.Agree:
		v = e.agree(seen, span)
	case nemesis.NewLeader:
		v = e.newLeader(seen, span)
	case nemesis.NoCommit:
		v = e.noCommit(seen, span)
	case nemesis.Recovery:
		v = e.recovery(seen, span)
	default:
		v = unknown("%q is an expectation that this version does not know", e.What)
	}
	v.Property = e.name(span.Text)
	return v
}

func (e Expectation) name(text string) string {
	return fmt.Sprintf("%s, step %d (%s)", e.What, e.Step, text)
}

func unknown(format string, args ...any) checker.Verdict {
	return verdict(checker.Unknown, format, args...)
}

func violated(format string, args ...any) checker.Verdict {
	return verdict(checker.Invalid, format, args...)
}

func met(format string, args ...any) checker.Verdict {
	return verdict(checker.Valid, format, args...)
}

func verdict(s checker.Status, format string, args ...any) checker.Verdict {
	summary := [...]string{checker.Unknown: checker.NothingProved, checker.Valid: "what the schedule expects was met", checker.Invalid: "an expectation was not met"}
	return checker.Verdict{Status: s, Summary: summary[s], Reason: fmt.Sprintf(format, args...)}
}

// evidence is what was recorded of a run.
type evidence struct {
	observations []Observation
	history      history.History
}

// within returns the answers that were asked for and given between two times.
func (s evidence) within(from, to time.Duration) []Observation {
	var inside []Observation
	for _, o := range s.observations {
		if o.Asked >= from && o.Told <= to && !o.Silent {
			inside = append(inside, o)
		}
	}
	return inside
}

// leader returns the first answer by a node that leads in a term above the given one.
func leader(answers []Observation, above uint64) (Observation, bool) {
	i := slices.IndexFunc(answers, func(o Observation) bool { return o.Leads && o.Term > above })
	if i < 0 {
		return Observation{}, false
	}
	return answers[i], true
}

// last returns the answer by a leader in the highest term.
func last(answers []Observation) (newest Observation, found bool) {
	for _, o := range answers {
		if o.Leads && o.Term >= newest.Term {
			newest, found = o, true
		}
	}
	return newest, found
}

// written returns the first operation that changed something and was invoked and
// acknowledged between two times.
func (s evidence) written(from, to time.Duration) (history.Op, bool) {
	var first history.Op
	found := false
	for _, op := range s.history.Ops {
		changed := op.Outcome == history.OK && (op.In.F == history.Write || op.In.F == history.CAS && op.Out.Swapped)
		if changed && op.Start >= from && op.End <= to && (!found || op.End < first.End) {
			first, found = op, true
		}
	}
	return first, found
}

// tried reports whether a client was at work between two times.
func (s evidence) tried(from, to time.Duration) bool {
	return slices.ContainsFunc(s.history.Ops, func(op history.Op) bool {
		return op.In.F != history.Read && op.Start >= from && op.Start < to
	})
}

// watched reports whether the run went on until then, with clients at work and nodes asked.
func (s evidence) watched(until time.Duration) bool {
	n := len(s.observations)
	return n > 0 && s.observations[n-1].Told >= until &&
		slices.ContainsFunc(s.history.Ops, func(op history.Op) bool { return op.Start >= until })
}

// at is a time of the run for people.
func at(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// after is how long after something else, for people.
func after(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func join(texts []string) string { return strings.Join(texts, ", ") }
