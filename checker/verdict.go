package checker

import (
	"fmt"
	"slices"
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

// Verdict is the answer of one checker, or of several merged.
type Verdict struct {
	Checker string `json:"checker"`       // "linearizable register", "coverage", …
	Key     string `json:"key,omitempty"` // of a verdict on one key
	Status  Status `json:"verdict"`       // as text
	// Reason is one sentence; never empty unless Status is Valid.
	Reason string `json:"reason,omitempty"`
	// Explanation is set for an Invalid verdict of a linearizability check.
	Explanation *Explanation `json:"explanation,omitempty"`
	// Order holds the IDs of a key's operations in an order that the model allows: all that
	// are known to have happened, and those of unknown outcome that did. It is set for a
	// Valid verdict on one key, if Limits.Orders asks for it and the search knows one.
	Order []int `json:"-"`
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
