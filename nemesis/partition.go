package nemesis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"senkei/harness/cluster"
	"senkei/history"
)

// Shape is the form of a partition.
type Shape string

const (
	// Halves splits the nodes at random into fewer than half and the rest.
	Halves Shape = "halves"
	// Isolate cuts the targets off from all other nodes, both ways.
	Isolate Shape = "isolate"
	// Ring lets every node talk to a majority, but no two to the same one, so that no
	// majority agrees on who belongs to it (Jepsen's majorities ring).
	Ring Shape = "ring"
	// OneWay cuts the links between the targets and all other nodes in one direction.
	OneWay Shape = "one-way"
)

// Direction says which way a one-way partition cuts, as its targets see it.
type Direction string

const (
	Out Direction = "out" // nobody hears the targets
	In  Direction = "in"  // the targets hear nobody
)

// Partition cuts links between nodes, or keeps some kinds of messages off them. Which
// fields it has depends on its shape.
type Partition struct {
	Shape Shape `yaml:"shape" json:"shape"`
	// Targets of Isolate and OneWay, which may be anybody but All.
	Targets Targets `yaml:"targets,omitempty" json:"targets,omitzero"`
	// Direction of OneWay.
	Direction Direction `yaml:"direction,omitempty" json:"direction,omitempty"`
	// Groups of Halves hear nobody outside their own group. Without groups, Bind draws
	// two. A node in no group keeps all its links.
	Groups [][]history.NodeID `yaml:"groups,omitempty" json:"groups,omitempty"`
	// Links of Ring are those cut. Without links, Bind draws them.
	Links []Link `yaml:"links,omitempty" json:"links,omitempty"`
	// Messages are the kinds that the links no longer carry, named as the system names them,
	// such as "Append". Without them they carry nothing.
	Messages []string `yaml:"messages,omitempty" json:"messages,omitempty"`

	// rest holds the nodes that are not targets. Bind sets it for Isolate and OneWay.
	rest []history.NodeID
}

// Kind returns "partition".
func (Partition) Kind() string { return "partition" }

// Bind names the targets, or draws groups or links.
func (f Partition) Bind(v View) (Fault, error) {
	b, err := f.bind(v)
	if err == nil {
		err = v.whole(b.cut(), "cut", func(d Damage) []cluster.Link { return d.Links })
	}
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	return b, nil
}

func (f Partition) bind(v View) (Partition, error) {
	if err := f.check(); err != nil {
		return f, err
	}
	var err error
	switch f.Shape {
	case Halves:
		f.Groups, err = f.groups(v)
	case Ring:
		f.Links, err = f.ring(v)
	case Isolate, OneWay:
		f.Targets.Names, err = f.Targets.choose(v)
		f.Targets.Spec = ""
		f.rest = others(v.Nodes, f.Targets.Names)
	}
	if err == nil && len(f.cut()) == 0 {
		err = errors.New("it would cut no link")
	}
	return f, err
}

// cut returns the links that a bound partition cuts, sorted.
func (f Partition) cut() []cluster.Link {
	var links []Link
	switch f.Shape {
	case Halves:
		links = between(f.Groups...)
	case Isolate:
		links = between(f.Targets.Names, f.rest)
	case Ring:
		links = slices.Clone(f.Links)
	case OneWay:
		from, to := f.Targets.Names, f.rest
		if f.Direction == In {
			from, to = to, from
		}
		links = directed(from, to)
	default:
		panic(fmt.Sprintf("nemesis: partition shape %q", string(f.Shape)))
	}
	return sorted(links)
}

// Inject cuts the links, if only for some kinds of messages.
func (f Partition) Inject(ctx context.Context, c cluster.Cluster) error {
	links := f.cut()
	if len(links) == 0 {
		return fmt.Errorf("%s: %w", f, errUnbound)
	}
	if len(f.Messages) > 0 {
		return with(c, f.String(), func(m cluster.MessageFilter) error { return m.CutKinds(ctx, links, f.Messages) })
	}
	return with(c, f.String(), func(n cluster.Network) error { return n.Cut(ctx, links) })
}

// Heal mends the links.
func (f Partition) Heal(ctx context.Context, c cluster.Cluster) error {
	return with(c, "heal "+f.String(), func(n cluster.Network) error { return n.Mend(ctx, f.cut()) })
}

// Damage returns the links.
func (f Partition) Damage() Damage { return Damage{Links: f.cut()} }

// String returns for instance "partition: n1 cut off from n2, n3", or "partition:
// isolate leader" while unbound.
func (f Partition) String() string {
	text := "partition: " + f.describe()
	if len(f.Messages) > 0 {
		text += " (only " + words(f.Messages) + ")"
	}
	return text
}

func (f Partition) describe() string {
	targets, rest := f.Targets.String(), list(f.rest)
	switch {
	case f.Shape == Halves && len(f.Groups) == 2:
		return fmt.Sprintf("%s cut off from %s", list(f.Groups[0]), list(f.Groups[1]))
	case f.Shape == Halves && len(f.Groups) > 2:
		var groups []string
		for _, g := range f.Groups {
			groups = append(groups, list(g))
		}
		return strings.Join(groups, " | ") + " cut off from each other"
	case f.Shape == Ring && len(f.Links) > 0:
		return "ring, " + deaf(f.Links)
	case f.Shape == Isolate && len(f.rest) > 0:
		return fmt.Sprintf("%s cut off from %s", targets, rest)
	case f.Shape == OneWay && len(f.rest) > 0 && f.Direction == In:
		return fmt.Sprintf("%s no longer %s %s", targets, hear(f.Targets.Names), rest)
	case f.Shape == OneWay && len(f.rest) > 0:
		return fmt.Sprintf("%s no longer %s %s", rest, hear(f.rest), targets)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Shape, targets, f.Direction))
}

// hear is the verb for these nodes.
func hear(nodes []history.NodeID) string {
	if len(nodes) == 1 {
		return "hears"
	}
	return "hear"
}
