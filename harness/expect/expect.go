package expect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"senkei/checker"
	"senkei/history"
	"senkei/nemesis"
)

// Name is that of the property.
const Name = "expectations"

// Expectation is one thing that must be observed in a run: a word of the schedule and the step
// that it stands in.
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
			if what.TakesTime() {
				e.Within = cmp.Or(step.Within, nemesis.DefaultWithin)
			}
			all = append(all, e)
		}
	}
	return all
}

// Property is that a run showed all that was expected of it. It is judged from the history and
// from what nodes said meanwhile.
type Property struct {
	Expected     []Expectation
	Observations []Observation // in the order in which they were made
}

var _ checker.Property = Property{}

// Name returns Name.
func (Property) Name() string { return Name }

// Check judges each expectation. The Reason of a part says in one sentence what was expected
// and what was seen, also where it was met. Whatever was not observed for long enough is
// Unknown.
func (p Property) Check(_ context.Context, h history.History, _ checker.Limits) checker.Verdict {
	var parts []checker.Verdict
	for _, e := range p.Expected {
		parts = append(parts, e.judge(record{p.Observations, h}))
	}
	return checker.Merge(Name, parts...)
}

// judges has a judge for each word: it says whether that was seen beside the fault, whose
// interval is given.
var judges = map[nemesis.Expectation]func(Expectation, record, history.Span) checker.Verdict{
	nemesis.Agree:     Expectation.agree,
	nemesis.NewLeader: Expectation.newLeader,
	nemesis.NoCommit:  Expectation.noCommit,
	nemesis.Recovery:  Expectation.recovery,
}

func (e Expectation) judge(seen record) checker.Verdict {
	span, inForce := e.span(seen)
	var v checker.Verdict
	switch judge, known := judges[e.What]; {
	case !inForce:
		v = unknown("its fault was never in force")
	case !known:
		v = unknown("%q is an expectation that this version does not know", e.What)
	default:
		v = judge(e, seen, span)
	}
	v.Property = fmt.Sprintf("%s, step %d (%s)", e.What, e.Step, span.Text)
	return v
}

// span returns when the step's fault was in force, if it was, or the interval of a step without one.
func (e Expectation) span(seen record) (span history.Span, found bool) {
	if !e.What.OfFault() {
		return history.Span{Start: e.At, End: e.At + e.For, Text: "no fault"}, true
	}
	for _, s := range seen.history.Faults {
		if s.ID == e.Step {
			return s, true
		}
	}
	return history.Span{Text: "its fault"}, false
}

// summaries say what a verdict means. Merged, that of the worst part remains.
var summaries = map[checker.Status]string{
	checker.Valid:   "every expectation was met",
	checker.Invalid: "an expectation was not met",
	checker.Unknown: checker.NothingProved,
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
	return checker.Verdict{Status: s, Summary: summaries[s], Reason: fmt.Sprintf(format, args...)}
}

// record is what was recorded of a run.
type record struct {
	observations []Observation
	history      history.History
}

// within returns the answers that were asked for and given between two times.
func (r record) within(from, to time.Duration) []Observation {
	var inside []Observation
	for _, o := range r.observations {
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
func (r record) written(from, to time.Duration) (history.Op, bool) {
	var first history.Op
	found := false
	for _, op := range r.history.Ops {
		changed := op.Outcome == history.OK && (op.In.F == history.Write || op.In.F == history.CAS && op.Out.Swapped)
		if changed && op.Start >= from && op.End <= to && (!found || op.End < first.End) {
			first, found = op, true
		}
	}
	return first, found
}

// tried reports whether a client was at work between two times.
func (r record) tried(from, to time.Duration) bool {
	return slices.ContainsFunc(r.history.Ops, func(op history.Op) bool {
		return op.In.F != history.Read && op.Start >= from && op.Start < to
	})
}

// watched reports whether the run went on until then, with clients at work and nodes asked.
func (r record) watched(until time.Duration) bool {
	n := len(r.observations)
	return n > 0 && r.observations[n-1].Told >= until &&
		slices.ContainsFunc(r.history.Ops, func(op history.Op) bool { return op.Start >= until })
}

// at is a time of the run for people.
func at(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// after is how long after something else, for people.
func after(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func join(texts []string) string { return strings.Join(texts, ", ") }
