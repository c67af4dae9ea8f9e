package report

import (
	"fmt"
	"strings"

	"senkei/checker"
	"senkei/checker/ladder"
	"senkei/history"
)

// banner is the verdict in large words and one sentence.
type banner struct {
	Class    string // "invalid", "valid" or "unknown"
	Sign     string // so that colour is not the only sign
	Headline string
	Reason   string
	Advice   []string // what to do about an unknown verdict
}

// newBanner puts the verdict into words. "Linearizable" is claimed only of a verdict
// that a linearizability check gave.
func newBanner(r Report) banner {
	b := banner{Class: r.Verdict.Status.String(), Reason: clip(r.Verdict.Reason, sentenceRunes)}
	leaf := r.Verdict
	for len(leaf.Parts) > 0 {
		leaf = leaf.Parts[0] // the worst part is the first
	}
	switch r.Verdict.Status {
	case checker.Invalid:
		b.Sign, b.Headline = "✕", "Invalid"
		if checker.CoreOf(r.Verdict.Evidence) != nil || judgesLinearizability(leaf) {
			b.Headline = "Not linearizable"
		}
	case checker.Valid:
		b.Sign, b.Headline = "✓", "Valid"
		if anyPart(r.Verdict, judgesLinearizability) {
			b.Headline = "Linearizable"
		}
		if b.Reason == "" {
			b.Reason = "Every operation fits into one order that respects real time."
			if b.Headline == "Valid" {
				b.Reason = "Every check passed."
			}
		}
	default:
		b.Sign, b.Headline, b.Advice = "?", "Unknown", unknownAdvice
		if b.Reason == "" {
			b.Reason = "The question was not decided."
		}
	}
	return b
}

var unknownAdvice = []string{
	"Unknown is not a pass: nothing was proved, neither for the system nor against it.",
	"If the check ran out of time or memory, judge the same history again with larger limits, or run with fewer operations per key: the search grows with the operations that overlap.",
	"If the run proved too little, look at the counts and the faults below for what never succeeded or was never in force, and run longer, with gentler faults or with more clients.",
}

func judgesLinearizability(v checker.Verdict) bool {
	return strings.Contains(v.Property, "linearizab")
}

// anyPart reports whether the verdict or one that it merges satisfies f.
func anyPart(v checker.Verdict, f func(checker.Verdict) bool) bool {
	for _, part := range v.Parts {
		if anyPart(part, f) {
			return true
		}
	}
	return f(v)
}

// verdictRow is one checker's answer in the table of parts.
type verdictRow struct {
	Indent                 int // 0…3
	Checker, Class, Reason string
}

// maxVerdictRows bounds the table of parts.
const maxVerdictRows = 200

// verdictRows flattens a verdict, parts below what merges them.
func verdictRows(v checker.Verdict, indent int, rows []verdictRow) []verdictRow {
	if len(rows) == maxVerdictRows {
		return rows
	}
	rows = append(rows, verdictRow{
		Indent:  min(indent, 3),
		Checker: clip(v.Property, nameRunes), Class: v.Status.String(), Reason: clip(v.Reason, sentenceRunes),
	})
	for _, part := range v.Parts {
		rows = verdictRows(part, indent+1, rows)
	}
	return rows
}

// expectedRows are the answers to what the schedule expected.
func expectedRows(verdicts []checker.Verdict) []verdictRow {
	var rows []verdictRow
	for _, v := range verdicts {
		rows = verdictRows(v, 0, rows)
	}
	return rows
}

// maxRungs bounds the table of weaker models.
const maxRungs = 20

// stillHolds is what the page tells of weaker models.
type stillHolds struct {
	Strongest string
	Rungs     []rungRow
}

// rungRow is the answer for one model.
type rungRow struct{ Model, Meaning, Class, Reason string }

func newStillHolds(l *ladder.Ladder) *stillHolds {
	if l == nil {
		return nil
	}
	s := &stillHolds{Strongest: clip(l.Strongest(), sentenceRunes)}
	for _, rung := range l.Rungs[:min(len(l.Rungs), maxRungs)] {
		s.Rungs = append(s.Rungs, rungRow{
			Model: clip(rung.Model, nameRunes), Meaning: ladder.Meaning(rung.Model),
			Class: rung.Status.String(), Reason: clip(rung.Reason, sentenceRunes),
		})
	}
	return s
}

// finding is the explanation as the page tells it.
type finding struct {
	Lead    string   // the first sentence
	Story   []string // the others
	Key     string
	Order   []step
	From    int // the number of the first step that is listed
	State   string
	Refused []step
	View    *violationView
}

// step is one operation of the longest legal order, or one that was refused after it.
type step struct{ Op, Who, Reason string }

// The most entries of an explanation that the page lists.
const (
	maxSentences = 20
	maxOrder     = 60
	maxRefused   = 40
)

func newFinding(r Report, c clock) *finding {
	e := checker.CoreOf(r.Verdict.Evidence)
	if e == nil {
		return nil
	}
	f := &finding{Key: clip(e.Key, nameRunes), State: clip(e.State, valueRunes)}
	if s := clipAll(e.Sentences, sentenceRunes, maxSentences); len(s) > 0 {
		f.Lead, f.Story = s[0], s[1:]
	}
	core := map[int]history.Op{}
	for _, op := range e.Ops {
		core[op.ID] = op
	}
	f.From = max(len(e.Order)-maxOrder, 0) + 1
	for _, id := range e.Order[f.From-1:] {
		f.Order = append(f.Order, step{Op: label(core[id]), Who: who(core[id])})
	}
	for _, refused := range e.Refused[:min(len(e.Refused), maxRefused)] {
		f.Refused = append(f.Refused, step{Op: label(refused.Op), Who: who(refused.Op), Reason: clip(refused.Reason, sentenceRunes)})
	}
	f.View = newViolationView(r, c)
	return f
}

// who names the process and the node of an operation.
func who(op history.Op) string {
	text := fmt.Sprintf("process %d", op.Process)
	if op.Node != "" {
		text += " on " + clip(string(op.Node), nameRunes)
	}
	return text
}
