package nemesis

import (
	"context"
	"errors"
	"fmt"
	"regexp"
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

// shapes are all there are. The last takes three nodes.
var shapes = []Shape{Halves, Isolate, OneWay, Ring}

// Direction says which way a one-way partition cuts, as its targets see it.
type Direction string

const (
	Out Direction = "out" // nobody hears the targets
	In  Direction = "in"  // the targets hear nobody
)

var directions = []Direction{Out, In}

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

var partitionKind = Describe[Partition](Kind{
	Summary: "links between nodes cut: halves, isolate, ring or one-way",
	Example: "{at: 3s, for: 2s, fault: partition, shape: isolate, targets: minority}",
	Parameters: []Parameter{
		{"shape", "which links are cut", words(shapes)},
		{"targets", "the nodes that isolate and one-way cut off", TargetsParameter(One, Minority, Majority, Leader).Range},
		{"direction", "whom one-way cuts off: nobody hears the targets, or they hear nobody", words(directions)},
		{"groups", "the groups of nodes that halves keeps apart; without it two are drawn", "two or more lists of nodes"},
		{"links", "the links that ring cuts; without it they are drawn", "a list such as [n1>n2, n2>n1]"},
		{"messages", "the kinds of messages that are lost; without it all are", "a list such as [Append, Vote], as the system names them"},
	},
	NodesMin: 2,
	TooFew:   "a single node cannot be partitioned",
	Draw:     drawPartition,
})

// drawPartition draws a partition of the next shape.
func drawPartition(d *Draws) Fault {
	possible := shapes
	if d.Nodes < 3 {
		possible = shapes[:len(shapes)-1]
	}
	f := Partition{Shape: possible[d.Turn("shape", len(possible))]}
	if f.Shape == Halves || f.Shape == Ring {
		return f
	}
	f.Targets.Spec = d.few()
	if d.Rand.IntN(3) > 0 { // half of the shapes cannot hit the leader alone
		f.Targets.Spec = Leader
	}
	if f.Shape == OneWay {
		f.Direction = directions[d.Rand.IntN(2)]
	}
	return f
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
		b = f
	}
	return Bound(b, err)
}

func (f Partition) bind(v View) (Partition, error) {
	if err := f.Check(); err != nil {
		return f, err
	}
	var err error
	switch f.Shape {
	case Halves:
		f.Groups, err = bindGroups(f.Groups, v)
	case Ring:
		f.Links, err = bindRing(f.Links, v)
	case Isolate, OneWay:
		f.Targets, err = f.Targets.Bind(v)
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

// Needs returns what cuts links, and what does so for some kinds of messages if there are any.
func (f Partition) Needs() []cluster.Capability {
	if len(f.Messages) > 0 {
		return []cluster.Capability{cluster.CanCutLinks, cluster.CanCutKinds}
	}
	return []cluster.Capability{cluster.CanCutLinks}
}

// Inject cuts the links, if only for some kinds of messages.
func (f Partition) Inject(ctx context.Context, c cluster.Cluster) error {
	links := f.cut()
	if len(links) == 0 {
		return fmt.Errorf("%s: %w", f, ErrUnbound)
	}
	if len(f.Messages) > 0 {
		return With(c, f.String(), func(s cluster.MessageFilter) error { return s.CutKinds(ctx, links, f.Messages) })
	}
	return With(c, f.String(), func(n cluster.Network) error { return n.Cut(ctx, links) })
}

// Heal mends the links.
func (f Partition) Heal(ctx context.Context, c cluster.Cluster) error {
	return With(c, "heal "+f.String(), func(n cluster.Network) error { return n.Mend(ctx, f.cut()) })
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
		return "ring, " + unheard(f.Links)
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

// Check refuses fields that do not belong to the shape, and what means nothing in any
// cluster.
func (f Partition) Check() error {
	targeted := f.Shape == Isolate || f.Shape == OneWay
	switch {
	case !slices.Contains(shapes, f.Shape):
		return fmt.Errorf("shape %q is none of %s", f.Shape, words(shapes))
	case !targeted && !f.Targets.IsZero():
		return fmt.Errorf("shape %s takes no targets", f.Shape)
	case targeted && f.Targets.Spec == All:
		return fmt.Errorf("shape %s cannot hit all: nobody is left to cut them off from", f.Shape)
	case f.Shape != OneWay && f.Direction != "":
		return fmt.Errorf("shape %s takes no direction", f.Shape)
	case f.Shape == OneWay && f.Direction != Out && f.Direction != In:
		return fmt.Errorf("direction %q of shape one-way is neither out nor in", f.Direction)
	case f.Shape != Halves && len(f.Groups) > 0:
		return fmt.Errorf("shape %s takes no groups", f.Shape)
	case f.Shape != Ring && len(f.Links) > 0:
		return fmt.Errorf("shape %s takes no links", f.Shape)
	}
	if err := checkMessages(f.Messages); err != nil {
		return err
	}
	switch f.Shape {
	case Halves:
		return checkGroups(f.Groups)
	case Ring:
		return checkLinks(f.Links)
	default:
		return f.Targets.Check()
	}
}

const messagesMax = 32

// messageName is a word as a program would name a kind of message.
var messageName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)

func checkMessages(kinds []string) error {
	if len(kinds) > messagesMax {
		return fmt.Errorf("%d kinds of messages are more than the %d that a partition may name", len(kinds), messagesMax)
	}
	for i, kind := range kinds {
		if !messageName.MatchString(kind) {
			return fmt.Errorf("%.80q is not a kind of message: write a word such as Append", kind)
		}
		if slices.Contains(kinds[:i], kind) {
			return fmt.Errorf("messages: %s is named twice", kind)
		}
	}
	return nil
}

func checkGroups(groups [][]history.NodeID) error {
	if len(groups) == 1 {
		return errors.New("one group is cut off from nobody: give two or more")
	}
	for _, g := range groups {
		if len(g) == 0 {
			return errors.New("a group is empty")
		}
	}
	return checkNames(slices.Concat(groups...))
}

func checkLinks(links []Link) error {
	seen := map[Link]bool{}
	for _, l := range links {
		if l.From == l.To {
			return fmt.Errorf("a link leads from %q to itself", l.From)
		}
		if err := checkNames([]history.NodeID{l.From, l.To}); err != nil {
			return err
		}
		if seen[l] {
			return fmt.Errorf("link %s is named twice", l)
		}
		seen[l] = true
	}
	return nil
}
