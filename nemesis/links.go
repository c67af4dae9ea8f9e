package nemesis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"senkei/harness/cluster"
	"senkei/history"
)

// Link is a cluster.Link that files write as n1>n2.
type Link cluster.Link

// String returns "n1>n2".
func (l Link) String() string { return fmt.Sprintf("%s>%s", l.From, l.To) }

// MarshalText returns "n1>n2".
func (l Link) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalYAML reads n1>n2.
func (l *Link) UnmarshalYAML(n ast.Node) error {
	var text string
	if err := yaml.NodeToValue(n, &text); err != nil {
		return err
	}
	from, to, ok := strings.Cut(text, ">")
	if !ok {
		return fmt.Errorf("link %.40q is not written like n1>n2", text)
	}
	*l = Link{From: history.NodeID(from), To: history.NodeID(to)}
	return nil
}

// between returns the links, both ways, between nodes of different groups.
func between(groups ...[]history.NodeID) []Link {
	var links []Link
	for i, a := range groups {
		for j, b := range groups {
			if i != j {
				links = append(links, directed(a, b)...)
			}
		}
	}
	return links
}

// directed returns the links that lead from some nodes to others.
func directed(from, to []history.NodeID) []Link {
	var links []Link
	for _, a := range from {
		for _, b := range to {
			links = append(links, Link{From: a, To: b})
		}
	}
	return links
}

// touching returns the links between nodes that begin or end at some of them, sorted.
func touching(some, nodes []history.NodeID) []cluster.Link {
	var links []Link
	for _, l := range directed(nodes, nodes) {
		if l.From != l.To && (slices.Contains(some, l.From) || slices.Contains(some, l.To)) {
			links = append(links, l)
		}
	}
	return sorted(links)
}

// sorted sorts the links and returns them as the cluster knows them.
func sorted(links []Link) []cluster.Link {
	sortLinks(links)
	out := make([]cluster.Link, len(links))
	for i, l := range links {
		out[i] = cluster.Link(l)
	}
	return out
}

func sortLinks(links []Link) {
	slices.SortFunc(links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

// unheard says of each node at the end of one of the sorted links whom it no longer hears.
func unheard(links []Link) string {
	silent := map[history.NodeID][]history.NodeID{}
	for _, l := range links {
		silent[l.To] = append(silent[l.To], l.From)
	}
	var texts []string
	for _, n := range slices.Sorted(maps.Keys(silent)) {
		texts = append(texts, fmt.Sprintf("%s no longer hears %s", n, list(silent[n])))
	}
	return strings.Join(texts, "; ")
}

// whole refuses links that a fault in force has damaged in this way, which how describes.
func (v View) whole(links []cluster.Link, how string, damaged func(Damage) []cluster.Link) error {
	for _, l := range links {
		for _, d := range v.Held {
			if slices.Contains(damaged(d), l) {
				return fmt.Errorf("link %s is already %s", Link(l), how)
			}
		}
	}
	return nil
}
