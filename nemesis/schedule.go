package nemesis

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"

	"senkei/harness/cluster"
)

// Schedule is what happens to a cluster, in any order.
type Schedule []Step

// Sorted returns the steps in ascending order of At.
func (s Schedule) Sorted() Schedule {
	return slices.SortedStableFunc(slices.Values(s), func(a, b Step) int { return cmp.Compare(a.At, b.At) })
}

// Offered says which of the faults a runtime with these offers cannot inject.
func (s Schedule) Offered(offers cluster.Offers) error {
	for _, step := range s {
		if step.Fault == nil {
			continue
		}
		if err := offers.Lacks(step.Fault.Needs()...); err != nil {
			return fmt.Errorf("%s: %w", step.Fault, err)
		}
	}
	return nil
}

// Kinds returns the names of the kinds of its faults, each once, by their first steps.
func (s Schedule) Kinds() []string {
	var kinds []string
	for _, step := range s {
		if step.Fault != nil && !slices.Contains(kinds, step.Fault.Kind()) {
			kinds = append(kinds, step.Fault.Kind())
		}
	}
	return kinds
}

const (
	scheduleBytesMax = 1 << 20
	stepsMax         = 10_000
)

// ReadSchedule reads what WriteSchedule writes, or a person: a YAML list of steps such as
//
//   - {at: 3s, for: 2s, fault: kill, targets: leader}
//
// with faults of these kinds. An error names the line and the remedy. A schedule has at most
// 10,000 steps and 1 MiB.
func ReadSchedule(r io.Reader, kinds Table) (Schedule, error) {
	text, err := io.ReadAll(io.LimitReader(r, scheduleBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("read schedule: %w", err)
	}
	if len(text) > scheduleBytesMax {
		return nil, fmt.Errorf("read schedule: it is longer than %d bytes: shorten it", scheduleBytesMax)
	}
	s, err := kinds.parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("read schedule: %w", err)
	}
	return s, nil
}

func (t Table) parse(text string) (Schedule, error) {
	tokens := lexer.Tokenize(text)
	if err := shallow(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, located(err, 0, "")
	}
	if len(file.Docs) != 1 {
		return nil, fmt.Errorf("it holds %d YAML documents: put all steps into one list", len(file.Docs))
	}
	list, ok := file.Docs[0].Body.(*ast.SequenceNode)
	if !ok {
		return nil, fmt.Errorf("it is not a list of steps: write one like - %s, or [] for no faults", t.example())
	}
	if len(list.Values) > stepsMax {
		return nil, fmt.Errorf("%d steps are more than the %d that a schedule may have", len(list.Values), stepsMax)
	}
	s := make(Schedule, 0, len(list.Values))
	for _, n := range list.Values {
		step, err := t.step(n)
		if err != nil {
			return nil, err
		}
		s = append(s, step)
	}
	return s, nil
}

func (t Table) step(n ast.Node) (Step, error) {
	line := 0
	if first := n.GetToken(); first != nil {
		line = first.Position.Line
	}
	var which struct {
		Fault  string `yaml:"fault"`
		Expect any    `yaml:"expect"`
	}
	if err := yaml.NodeToValue(n, &which); err != nil {
		return Step{}, located(err, line, t.example())
	}
	if which.Fault == "" && which.Expect != nil {
		step, err := readExpectation(n)
		if err != nil {
			return Step{}, located(err, line, expectationExample)
		}
		return step, nil
	}
	k, err := t.Named(which.Fault)
	if err != nil {
		return Step{}, located(err, line, "")
	}
	step, err := k.read(n)
	if err != nil {
		return Step{}, located(err, line, k.Example)
	}
	return step, nil
}

// example is a step to show where it is not known which kind was meant.
func (t Table) example() string {
	if len(t) == 0 {
		return expectationExample
	}
	return t[0].Example
}

// located puts an error of the YAML library, or of a step that begins at line, into one
// sentence with the line and, if there is one, an example of how to do better.
func located(err error, line int, example string) error {
	text := err.Error()
	var fault yaml.Error
	if errors.As(err, &fault) {
		text = fault.GetMessage()
		if t := fault.GetToken(); t != nil {
			line = t.Position.Line
		}
	}
	var mistyped *yaml.TypeError
	if errors.As(err, &mistyped) {
		text = "a value is of the wrong type"
	}
	if example != "" {
		text += "; write a step like - " + example
	}
	if line > 0 {
		return fmt.Errorf("line %d: %s", line, text)
	}
	return errors.New(text)
}

// WriteSchedule writes s in the form that ReadSchedule reads, one step a line.
func WriteSchedule(w io.Writer, s Schedule) error {
	var text bytes.Buffer
	for i, step := range s {
		line, err := step.write()
		if err != nil {
			return fmt.Errorf("write step %d: %w", i, err)
		}
		fmt.Fprintf(&text, "- %s\n", line)
	}
	if len(s) == 0 {
		text.WriteString("[]\n")
	}
	_, err := w.Write(text.Bytes())
	return err
}
