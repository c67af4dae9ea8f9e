package report

import (
	"cmp"
	"strings"

	"senkei/checker"
	"senkei/checker/consistency"
)

// banner is the verdict in large words and one sentence.
type banner struct {
	Class    string // "invalid", "valid" or "unknown"
	Sign     string // so that colour is not the only sign
	Headline string
	Reason   string
	Advice   []string // what to do about an unknown verdict
}

// newBanner puts the verdict into the words of the property that it is about, or of the worst
// of several.
func newBanner(v checker.Verdict) banner {
	status := v.Status.String()
	b := banner{Class: status, Reason: clip(v.Reason, sentenceRunes)}
	b.Headline = strings.ToUpper(status[:1]) + status[1:]
	if v.Summary != "" {
		b.Headline += ": " + clip(v.Summary, sentenceRunes)
	}
	switch v.Status {
	case checker.Invalid:
		b.Sign = "✕"
	case checker.Valid:
		b.Sign = "✓"
		b.Reason = cmp.Or(b.Reason, "Every check passed.")
	default:
		b.Sign, b.Advice = "?", unknownAdvice
		b.Reason = cmp.Or(b.Reason, "The question was not decided.")
	}
	return b
}

var unknownAdvice = []string{
	"Unknown is not a pass: nothing was proved, neither for the system nor against it.",
	"If the check ran out of time or memory, judge the same history again with larger limits, or run with fewer operations per key: the search grows with the operations that overlap.",
	"If the run proved too little, look at the counts and the faults below for what never succeeded or was never in force, and run longer, with gentler faults or with more clients.",
}

// verdictRow is the verdict on one property in the table of parts.
type verdictRow struct {
	Indent                  int // 0…3
	Property, Class, Reason string
}

// maxVerdictRows bounds the table of parts.
const maxVerdictRows = 200

// verdictRows flattens a verdict, parts below what merges them.
func verdictRows(v checker.Verdict, indent int, rows []verdictRow) []verdictRow {
	if len(rows) == maxVerdictRows {
		return rows
	}
	name := v.Property
	if v.Key != "" && indent > 0 {
		name = "key " + v.Key // of the property above
	}
	rows = append(rows, verdictRow{
		Indent:   min(indent, 3),
		Property: clip(name, nameRunes), Class: v.Status.String(), Reason: clip(v.Reason, sentenceRunes),
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

// maxModels bounds the table of weaker models.
const maxModels = 20

// stillHolds is what the page says of weaker models.
type stillHolds struct {
	Strongest string
	Models    []modelRow
}

// modelRow is the answer for one model.
type modelRow struct{ Model, Meaning, Class, Reason string }

func newStillHolds(l *consistency.Judgement) *stillHolds {
	if l == nil {
		return nil
	}
	s := &stillHolds{Strongest: clip(l.Strongest(), sentenceRunes)}
	for _, m := range l.Verdicts[:min(len(l.Verdicts), maxModels)] {
		s.Models = append(s.Models, modelRow{
			Model: clip(m.Model, nameRunes), Meaning: consistency.Meaning(m.Model),
			Class: m.Status.String(), Reason: clip(m.Reason, sentenceRunes),
		})
	}
	return s
}
