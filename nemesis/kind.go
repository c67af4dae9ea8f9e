package nemesis

import (
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"senkei/harness/cluster"
)

// Kinds is the table of this package's kinds of fault: each is described in a file of its
// own. A program that has kinds of its own appends them.
func Kinds() Table {
	return Table{
		killKind,
		pauseKind,
		partitionKind,
		memberKind,
		transferKind,
		powerKind,
		replaceKind,
		clockKind,
		diskKind,
		trafficKind,
	}
}

// Kind is all that is known of one kind of fault beside what the faults themselves do. It is
// made by Describe.
type Kind struct {
	Summary    string      // one line for `senkei faults`
	Example    string      // a step of a schedule file
	Parameters []Parameter // the fields of a step that belong to the kind, in the order of the file

	// NodesMin is the fewest nodes that can have the fault, at least 1, and TooFew says why
	// fewer cannot.
	NodesMin int
	TooFew   string
	// LosesDisks is set where nodes can come back without what their disks held, which only
	// a minority can; see budget.go.
	LosesDisks bool

	// Draw returns a fault for a plan, whose targets are still open. Every plan that was made
	// from a seed rests on the number and order of its draws.
	Draw func(*Draws) Fault

	zero Fault
	read func(ast.Node) (Step, error)
}

// Parameter is one field of a fault in a schedule file.
type Parameter struct {
	Name    string
	Meaning string
	Range   string // the values that it takes
}

// TargetsParameter describes the field of faults that hit nodes, of the type Targets, which may
// be names or one of these specifications.
func TargetsParameter(of ...Spec) Parameter {
	return Parameter{"targets", "the nodes that are hit", "a list such as [n1, n2], or " + words(of)}
}

// Describe completes a kind whose faults are of type F, a struct. The YAML fields of F are
// the fields of a step in a schedule file, its JSON fields those in the history.
func Describe[F Fault](k Kind) Kind {
	var zero F
	k.zero, k.read, k.NodesMin = zero, readFault[F], max(k.NodesMin, 1)
	return k
}

// Name is the name in schedules and in the history, as Fault.Kind returns it.
func (k Kind) Name() string { return k.zero.Kind() }

// Needs lists what a cluster must be capable of to be hit with the faults that Draw returns.
func (k Kind) Needs() []cluster.Capability { return k.zero.Needs() }

// Takes returns an error that says why a cluster of so few nodes cannot have the fault, if so.
func (k Kind) Takes(nodes int) error {
	if nodes < k.NodesMin {
		return errors.New(k.TooFew)
	}
	return nil
}

// Table holds the kinds that a schedule may name, or a plan be drawn from, each once.
type Table []Kind

// Names returns the names in the order of the table.
func (t Table) Names() []string {
	names := make([]string, len(t))
	for i, k := range t {
		names[i] = k.Name()
	}
	return names
}

// Named returns the kind with this name. The error lists those there are.
func (t Table) Named(name string) (Kind, error) {
	i := slices.IndexFunc(t, func(k Kind) bool { return k.Name() == name })
	if i < 0 {
		return Kind{}, fmt.Errorf("fault %.40q is none of %s", name, words(t.Names()))
	}
	return t[i], nil
}

// Choose returns the kinds with these names, in their order.
func (t Table) Choose(names ...string) (Table, error) {
	var chosen Table
	for _, name := range names {
		k, err := t.Named(name)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, k)
	}
	return chosen, nil
}
