package nemesis

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"senkei/history"
)

// ErrNoLeader means that a fault aims at the leader and nobody knows one.
var ErrNoLeader = errors.New("no leader is known")

// Spec says in general whom a fault hits. The empty Spec leaves it to names.
type Spec string

// Everything but Leader is chosen among the nodes that are free: no fault in force has
// stopped, frozen or removed them, or will. Sizes count the nodes of the whole cluster.
const (
	One      Spec = "one"
	Minority Spec = "minority" // at least one node, fewer than half
	Majority Spec = "majority" // more than half
	Leader   Spec = "leader"
	All      Spec = "all"
)

// AnySpec is all there are.
var AnySpec = []Spec{One, Minority, Majority, Leader, All}

// Targets says whom a fault hits: either Spec or Names is set. In a schedule file a
// specification is a word and names are a list: `targets: leader`, `targets: [n1, n2]`.
type Targets struct {
	Spec  Spec
	Names []history.NodeID
}

// String returns the specification, or the names separated by commas.
func (t Targets) String() string {
	if t.Spec != "" {
		return string(t.Spec)
	}
	return list(t.Names)
}

// IsZero reports whether nobody is named.
func (t Targets) IsZero() bool { return t.Spec == "" && len(t.Names) == 0 }

// MarshalYAML returns the specification or the list of names.
func (t Targets) MarshalYAML() (any, error) {
	if t.Spec != "" {
		return t.Spec, nil
	}
	return t.Names, nil
}

// MarshalJSON writes the specification or the list of names.
func (t Targets) MarshalJSON() ([]byte, error) {
	if t.Spec != "" {
		return json.Marshal(t.Spec)
	}
	return json.Marshal(t.Names)
}

// UnmarshalYAML takes a word for a specification and a list for names.
func (t *Targets) UnmarshalYAML(n ast.Node) error {
	if _, ok := n.(*ast.SequenceNode); ok {
		return yaml.NodeToValue(n, &t.Names)
	}
	return yaml.NodeToValue(n, &t.Spec)
}

// Check refuses targets that mean nothing in any cluster.
func (t Targets) Check() error {
	switch {
	case t.IsZero():
		return fmt.Errorf("targets are missing: give a list of nodes, or %s", words(AnySpec))
	case t.Spec == "":
		return checkNames(t.Names)
	case len(t.Names) > 0:
		return fmt.Errorf("targets are both %q and names", t.Spec)
	case !slices.Contains(AnySpec, t.Spec):
		return fmt.Errorf("targets %q are none of %s; nodes go in a list, such as [n1]", t.Spec, words(AnySpec))
	}
	return nil
}

// Bind returns the targets by name, sorted: those whom they mean now. Beside an error it returns
// them as they are.
func (t Targets) Bind(v View) (Targets, error) {
	names, err := t.choose(v)
	if err != nil {
		return t, err
	}
	return Targets{Names: names}, nil
}

func (t Targets) choose(v View) ([]history.NodeID, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	switch t.Spec {
	case "":
		return named(v, t.Names)
	case Leader:
		if v.Leader == "" {
			return nil, ErrNoLeader
		}
		return named(v, []history.NodeID{v.Leader})
	default:
		return t.Spec.draw(v)
	}
}

// named returns the names, sorted, if all of them are nodes that are free.
func named(v View, names []history.NodeID) ([]history.NodeID, error) {
	if err := v.know(names); err != nil {
		return nil, err
	}
	free := v.free()
	for _, n := range names {
		if !slices.Contains(free, n) {
			return nil, fmt.Errorf("%s is still under another fault", n)
		}
	}
	return slices.Sorted(slices.Values(names)), nil
}

// draw chooses among the nodes that are free.
func (s Spec) draw(v View) ([]history.NodeID, error) {
	nodes, free := len(v.Nodes), v.free()
	least, most := 1, 1
	switch s {
	case One:
	case Minority:
		most = minority(nodes)
	case Majority:
		least, most = nodes/2+1, nodes
	case All:
		least, most = len(free), len(free)
	default:
		panic(fmt.Sprintf("nemesis: specification %q", string(s)))
	}
	switch {
	case len(free) == 0:
		return nil, errors.New("every node is still under another fault")
	case most < 1:
		return nil, fmt.Errorf("a cluster of %d has no %s", nodes, s)
	case len(free) < least:
		return nil, fmt.Errorf("only %d of %d nodes are not under another fault, too few for %s", len(free), nodes, s)
	}
	size := least + v.Rand.IntN(min(most, len(free))-least+1)
	v.Rand.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	return slices.Sorted(slices.Values(free[:size])), nil
}

// free returns the nodes that no fault in force holds.
func (v View) free() []history.NodeID {
	var free []history.NodeID
	for _, n := range v.Nodes {
		held := slices.ContainsFunc(v.Held, func(d Damage) bool { return slices.Contains(d.Nodes, n) })
		if !held {
			free = append(free, n)
		}
	}
	return free
}

// know refuses names that are no nodes of the cluster.
func (v View) know(names []history.NodeID) error {
	for _, n := range names {
		if !slices.Contains(v.Nodes, n) {
			return fmt.Errorf("there is no node %q; the nodes are %s", n, list(v.Nodes))
		}
	}
	return nil
}

// namesMax bounds how many nodes one fault may name.
const namesMax = 1000

// nodeName is a name that a host can have, with underscores. Nothing in it means
// anything to YAML.
var nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// checkNames refuses names that no node has, and a node that is named twice.
func checkNames(names []history.NodeID) error {
	if len(names) > namesMax {
		return fmt.Errorf("%d nodes are more than the %d that a fault may name", len(names), namesMax)
	}
	for i, n := range names {
		if !nodeName.MatchString(string(n)) {
			return fmt.Errorf("%.80q is not a node's name: use up to 63 letters, digits, dots, hyphens and underscores, a letter or digit first", n)
		}
		if slices.Contains(names[:i], n) {
			return fmt.Errorf("%s is named twice", n)
		}
	}
	return nil
}

func list(names []history.NodeID) string { return joined(names, ", ") }

func words[S ~string](all []S) string { return joined(all, ", ") }

func joined[S ~string](all []S, sep string) string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = string(s)
	}
	return strings.Join(texts, sep)
}
