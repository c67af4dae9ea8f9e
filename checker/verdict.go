package checker

import (
	"fmt"
	"slices"

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

// Verdict is the answer of one checker, or of several merged.
type Verdict struct {
	Checker string `json:"checker"` // "linearizable register", "coverage", …
	Status  Status `json:"verdict"` // as text
	// Reason is one sentence; never empty unless Status is Valid.
	Reason string `json:"reason,omitempty"`
	// Explanation is set for an Invalid verdict of a linearizability check.
	Explanation *Explanation `json:"explanation,omitempty"`
	// Parts holds the verdicts that this one merges, worst first.
	Parts []Verdict `json:"parts,omitempty"`
}

// Merge combines verdicts under one name: Invalid beats Unknown beats Valid. The
// reason and the explanation are those of the worst part. Merging nothing is
// Unknown: an unchecked history is never valid.
func Merge(name string, parts ...Verdict) Verdict {
	if len(parts) == 0 {
		return Verdict{Checker: name, Reason: "nothing was checked"}
	}
	severity := func(s Status) int { return [...]int{Unknown: 1, Valid: 2, Invalid: 0}[s] }
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b Verdict) int { return severity(a.Status) - severity(b.Status) })
	worst := parts[0]
	return Verdict{Checker: name, Status: worst.Status, Reason: worst.Reason, Explanation: worst.Explanation, Parts: parts}
}

// Explanation says why the operations of one key cannot be ordered.
type Explanation struct {
	Key string `json:"key"`
	// Sentences tell the violation to a person, the most important one first.
	Sentences []string `json:"sentences"`
	// Culprit is the operation at whose completion the history stopped being
	// linearizable: the end of the shortest bad prefix.
	Culprit history.Op `json:"culprit"`
	// Core is the shortest bad prefix of the key, cut down to operations that matter.
	Core []history.Op `json:"core"`
	// Order holds the IDs of the longest legal order found within Core, and State
	// what the model held after it.
	Order []int  `json:"order"`
	State string `json:"state"`
	// Refused lists each operation that could have come next, with the model's reason.
	Refused []Refusal `json:"refused"`
	// Faults were in force while the core was open.
	Faults []history.Span `json:"faults"`
}

// Refusal is one operation that could have come next and why the model refused it.
type Refusal struct {
	Op     history.Op `json:"op"`
	Reason string     `json:"reason"`
}
