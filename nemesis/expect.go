package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Expectation is a word for what must be observed of a cluster beside that its history is
// right. Package expect judges it.
type Expectation string

const (
	// Agree expects that the logs of all nodes grow and hold the same. It belongs to a step
	// without a fault.
	Agree Expectation = "agree"
	// NewLeader expects that, within some time of the injection, another node leads in a
	// higher term and a write is acknowledged.
	NewLeader Expectation = "new-leader"
	// NoCommit expects that, once the nodes have noticed the fault, nothing is committed
	// and nobody is elected until it is healed.
	NoCommit Expectation = "no-commit"
	// Recovery expects that, within some time of the healing, a node leads and a write is
	// acknowledged.
	Recovery Expectation = "recovery"
)

var expectations = []Expectation{Agree, NewLeader, NoCommit, Recovery}

// OfFault reports whether it belongs to a step with a fault.
func (e Expectation) OfFault() bool { return e != Agree }

// TakesTime reports whether it may be met a while later, which Within bounds.
func (e Expectation) TakesTime() bool { return e == NewLeader || e == Recovery }

// DefaultWithin is how long what takes time may take if a step does not say.
const DefaultWithin = 5 * time.Second

// expected are the fields of a step that say what must be observed.
type expected struct {
	Expect []Expectation `yaml:"expect,omitempty"`
	Within string        `yaml:"within,omitempty"`
}

func expectedOf(s Step) expected {
	e := expected{Expect: s.Expect}
	if s.Within != 0 {
		e.Within = s.Within.String()
	}
	return e
}

// read completes a step of which all else is known.
func (e expected) read(s Step) (Step, error) {
	for i, word := range e.Expect {
		switch {
		case !slices.Contains(expectations, word):
			return Step{}, fmt.Errorf("expect: %.40q is none of %s", word, words(expectations))
		case slices.Contains(e.Expect[:i], word):
			return Step{}, fmt.Errorf("expect: %s is named twice", word)
		case word.OfFault() != (s.Fault != nil):
			return Step{}, fmt.Errorf("expect: %s belongs to a step %s", word, map[bool]string{false: "without a fault", true: "with a fault"}[word.OfFault()])
		}
	}
	s.Expect = e.Expect
	if e.Within == "" {
		return s, nil
	}
	if !slices.ContainsFunc(e.Expect, Expectation.TakesTime) {
		return Step{}, errors.New("within: only new-leader and recovery may take a while")
	}
	var err error
	s.Within, err = readTime("within", e.Within)
	return s, err
}
