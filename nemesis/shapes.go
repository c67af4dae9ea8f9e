package nemesis

import (
	"errors"
	"slices"

	"senkei/history"
)

// Which nodes a partition keeps apart, where it is left to chance.

// bindGroups returns the groups, or draws two: fewer than half of the nodes, and the rest.
func bindGroups(groups [][]history.NodeID, v View) ([][]history.NodeID, error) {
	if len(groups) > 0 {
		var sorted [][]history.NodeID
		for _, g := range groups {
			sorted = append(sorted, slices.Sorted(slices.Values(g)))
		}
		return sorted, v.know(slices.Concat(groups...))
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

// bindRing returns the links, or draws them: the nodes stand in a circle, in random order,
// and each talks to as many neighbours on either side as make up a majority with it.
// Such arcs are majorities, and all different. With three nodes the arc would be the whole
// circle; there it is opened into a row.
func bindRing(links []Link, v View) ([]Link, error) {
	if len(links) > 0 {
		var ends []history.NodeID
		for _, l := range links {
			ends = append(ends, l.From, l.To)
		}
		links = slices.Clone(links)
		sortLinks(links)
		return links, v.know(ends)
	}
	if len(v.Nodes) < 3 {
		return nil, errors.New("a ring takes at least 3 nodes")
	}
	nodes := shuffled(v)
	reach := (len(nodes)/2 + 1) / 2 // to either side
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
