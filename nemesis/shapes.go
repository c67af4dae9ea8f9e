package nemesis

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"senkei/history"
)

// check refuses fields that do not belong to the shape, and what means nothing in any
// cluster.
func (f Partition) check() error {
	targeted := f.Shape == Isolate || f.Shape == OneWay
	switch {
	case !slices.Contains([]Shape{Halves, Isolate, Ring, OneWay}, f.Shape):
		return fmt.Errorf("shape %q is none of halves, isolate, ring, one-way", f.Shape)
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
		return f.Targets.check()
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

// groups returns the groups, or draws two: fewer than half of the nodes, and the rest.
func (f Partition) groups(v View) ([][]history.NodeID, error) {
	if len(f.Groups) > 0 {
		var groups [][]history.NodeID
		for _, g := range f.Groups {
			groups = append(groups, slices.Sorted(slices.Values(g)))
		}
		return groups, v.know(slices.Concat(groups...))
	}
	if len(v.Nodes) < 2 {
		return nil, errors.New("a single node cannot be split")
	}
	nodes := shuffled(v)
	minority := max(1, (len(nodes)-1)/2)
	slices.Sort(nodes[:minority])
	slices.Sort(nodes[minority:])
	return [][]history.NodeID{nodes[:minority], nodes[minority:]}, nil
}

// ring returns the links, or draws them: the nodes stand in a circle, in random order,
// and each talks to as many neighbours on either side as make up a majority with it.
// Such stretches of a circle are majorities, and all different. With three nodes the
// stretch would be the whole circle; there it is opened into a row.
func (f Partition) ring(v View) ([]Link, error) {
	if len(f.Links) > 0 {
		var ends []history.NodeID
		for _, l := range f.Links {
			ends = append(ends, l.From, l.To)
		}
		links := slices.Clone(f.Links)
		sortLinks(links)
		return links, v.know(ends)
	}
	if len(v.Nodes) < 3 {
		return nil, errors.New("a ring takes at least 3 nodes")
	}
	nodes := shuffled(v)
	reach := (len(nodes)/2 + 1) / 2 // to either side
	var links []Link
	if len(nodes) == 3 {
		links = between(nodes[:1], nodes[2:])
	}
	for i, from := range nodes {
		for distance := reach + 1; distance < len(nodes)-reach; distance++ {
			links = append(links, Link{From: from, To: nodes[(i+distance)%len(nodes)]})
		}
	}
	sortLinks(links)
	return links, nil
}

func shuffled(v View) []history.NodeID {
	nodes := slices.Clone(v.Nodes)
	v.Rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	return nodes
}

// others returns the nodes that are no targets, sorted.
func others(nodes, targets []history.NodeID) []history.NodeID {
	var rest []history.NodeID
	for _, n := range nodes {
		if !slices.Contains(targets, n) {
			rest = append(rest, n)
		}
	}
	slices.Sort(rest)
	return rest
}
