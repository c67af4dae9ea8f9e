package checker

import (
	"fmt"
	"slices"
	"strings"

	"senkei/history"
)

// Status is what is known about a property. Its zero value is Unknown, which never passes.
type Status uint8

const (
	// Unknown means the question was not decided; Verdict.Reason says why.
	Unknown Status = iota
	// Valid means the property was proved for the whole history.
	Valid
	// Invalid means a violation was found.
	Invalid
)

// String returns "unknown", "valid" or "invalid".
func (s Status) String() string {
	switch s {
	case Unknown:
		return "unknown"
	case Valid:
		return "valid"
	case Invalid:
		return "invalid"
	default:
		panic(fmt.Sprintf("checker: status %d", uint8(s)))
	}
}

// MarshalText returns what String does.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Status) UnmarshalText(text []byte) error {
	for _, known := range []Status{Unknown, Valid, Invalid} {
		if string(text) == known.String() {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("verdict %q is not one of unknown, valid, invalid", text)
}

// Verdict is the answer about one property, or about several merged.
type Verdict struct {
	Property string // "linearizable register", "coverage", …
	Key      string // of a verdict on one key
	Status   Status
	// Summary is the status in a line for people, in the property's own words, such as "the
	// history is not linearizable". It is empty where being valid is nothing to speak of.
	Summary string
	// Reason is one sentence; never empty unless Status is Valid.
	Reason string
	// Evidence shows that the verdict is right; nil where there is none.
	Evidence Evidence
	// Parts holds the verdicts that this one merges, worst first.
	Parts []Verdict
}

// NothingProved is the Summary of an Unknown verdict of any property.
const NothingProved = "nothing is proved either way"

// Merge combines verdicts under one name: Invalid beats Unknown beats Valid. The summary and
// the reason are those of the worst part, the first one of several, and so is the evidence, if
// it is Invalid: that one part is valid shows nothing of the others. If all are valid, the
// summary is what each of them has to say. Merging nothing is Unknown: an unchecked history is
// never valid.
func Merge(name string, parts ...Verdict) Verdict {
	if len(parts) == 0 {
		return Verdict{Property: name, Summary: NothingProved, Reason: "nothing was checked"}
	}
	severity := func(s Status) int { return [...]int{Unknown: 1, Valid: 2, Invalid: 0}[s] }
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b Verdict) int { return severity(a.Status) - severity(b.Status) })
	worst := parts[0]
	v := Verdict{Property: name, Status: worst.Status, Summary: worst.Summary, Reason: worst.Reason, Parts: parts}
	switch worst.Status {
	case Invalid:
		v.Evidence = worst.Evidence
	case Valid:
		v.Summary = summaries(parts)
	}
	return v
}

// summaries joins what several verdicts say, each only once.
func summaries(of []Verdict) string {
	var all []string
	for _, v := range of {
		if v.Summary != "" && !slices.Contains(all, v.Summary) {
			all = append(all, v.Summary)
		}
	}
	return strings.Join(all, ", and ")
}

// sentenceRunes is the most characters of a sentence for people.
const sentenceRunes = 300

// Because says why a verdict is as it is, in sentences for people: what its evidence says, or
// else its reason. None has more than 300 characters, or one that a terminal must not see.
func (v Verdict) Because() []string {
	var said sentences
	if v.Evidence != nil {
		v.Evidence.Visit(&said)
	}
	if len(said) == 0 && v.Reason != "" {
		said = []string{v.Reason}
	}
	for i, text := range said {
		said[i] = history.Shorten(history.Escape(text), sentenceRunes)
	}
	return said
}

// sentences is the EvidenceVisitor of Because.
type sentences []string

// Order says nothing: that there is an order is what the verdict says.
func (*sentences) Order(*Order) {}

// Core tells the violation.
func (s *sentences) Core(c *Core) { *s = slices.Clone(c.Sentences) }
