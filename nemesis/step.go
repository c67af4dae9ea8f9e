package nemesis

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Step is one fault and when it is in force, and what must be observed meanwhile.
type Step struct {
	At    time.Duration // when to inject it, since the run's clock began; 0 to 24 h
	For   time.Duration // from then until it is healed; 0 to 24 h
	Fault Fault         // nil in an expectation step: nothing is done, but something is expected
	// Expect is what must be observed. Within bounds how long it may take, where it may
	// take a while; 0 means DefaultWithin.
	Expect []Expectation
	Within time.Duration
}

func (s Step) end() time.Duration { return s.At + s.For }

// faultStep is a step as the file has it. The fields of the fault stand beside the others.
type faultStep[F Fault] struct {
	When   interval `yaml:",inline"`
	Fault  string   `yaml:"fault"`
	What   F        `yaml:",inline"`
	Expect expected `yaml:",inline"`
}

// expectationStep is a step without a fault as the file has it.
type expectationStep struct {
	When   interval `yaml:",inline"`
	Expect expected `yaml:",inline"`
}

const expectationExample = "{at: 3s, for: 5s, expect: [agree]}"

func readFault[F Fault](n ast.Node) (Step, error) {
	var r faultStep[F]
	if err := yaml.NodeToValue(n, &r, yaml.Strict()); err != nil {
		return Step{}, err
	}
	s, err := r.When.read()
	if err != nil {
		return Step{}, err
	}
	if err := r.What.Check(); err != nil {
		return Step{}, err
	}
	if s.For > 0 && r.What.Damage().Momentary {
		return Step{}, fmt.Errorf("%s is over at once: leave its `for` away", r.What)
	}
	s.Fault = r.What
	return r.Expect.read(s)
}

func readExpectation(n ast.Node) (Step, error) {
	var r expectationStep
	if err := yaml.NodeToValue(n, &r, yaml.Strict()); err != nil {
		return Step{}, err
	}
	s, err := r.When.read()
	if err != nil {
		return Step{}, err
	}
	if len(r.Expect.Expect) == 0 {
		return Step{}, errors.New("expect is empty, and there is no fault")
	}
	return r.Expect.read(s)
}

// write returns the step in one line: the fields of its parts, one part after the other.
func (s Step) write() (string, error) {
	parts := []any{intervalOf(s)}
	if s.Fault != nil {
		parts = append(parts, struct {
			Fault string `yaml:"fault"`
		}{s.Fault.Kind()}, s.Fault)
	}
	var fields []string
	for _, part := range append(parts, expectedOf(s)) {
		text, err := yaml.MarshalWithOptions(part, yaml.Flow(true))
		if err != nil {
			return "", err
		}
		text = bytes.TrimSuffix(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("{")), []byte("}"))
		if len(text) > 0 {
			fields = append(fields, string(text))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}", nil
}

// interval is when a step begins and how long it lasts.
type interval struct {
	At  string `yaml:"at"`
	For string `yaml:"for"`
}

func intervalOf(s Step) interval { return interval{At: s.At.String(), For: s.For.String()} }

// read returns a step of which nothing else is known.
func (i interval) read() (s Step, err error) {
	if s.At, err = readTime("at", i.At); err == nil {
		s.For, err = readTime("for", i.For)
	}
	return s, err
}

// timeMax is the latest start of a fault and the longest time that it is in force.
const timeMax = 24 * time.Hour

func readTime(field, text string) (time.Duration, error) {
	if text == "" {
		return 0, fmt.Errorf("%q is missing", field)
	}
	d, err := parseTime(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", field, err)
	}
	if d < 0 || d > timeMax {
		return 0, fmt.Errorf("%s: %s is not between 0s and %s", field, d, timeMax)
	}
	return d, nil
}
