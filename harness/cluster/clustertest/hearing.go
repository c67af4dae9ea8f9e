package clustertest

import (
	"slices"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

// hearing tells over which links something arrives, by what a store shows of it.
type hearing interface {
	// all returns once every node hears every other.
	all(f *fixture)
	// allBut returns once every node hears every other but over the links that are cut, and
	// fails where anything arrives over one of those. They are all links into some node, or
	// none.
	allBut(f *fixture, cut []cluster.Link)
}

// settled is how long what has been reached must last.
const settled = 500 * time.Millisecond

// counting looks at the numbers that the nodes of this package's store send each other.
type counting struct{}

func (counting) all(f *fixture) { counting{}.allBut(f, nil) }

func (h counting) allBut(f *fixture, cut []cluster.Link) {
	f.t.Helper()
	// What arrived before the cut may still wait for the node to read it.
	f.pass(100 * time.Millisecond)
	before := map[cluster.Link]string{}
	for _, l := range links() {
		before[l] = h.heard(f, l)
	}
	for _, l := range links() {
		if !slices.Contains(cut, l) {
			f.eventually(func() bool { return h.heard(f, l) != before[l] })
		}
	}
	if len(cut) > 0 {
		f.pass(settled)
	}
	for _, l := range cut {
		f.Equal(before[l], h.heard(f, l), "something arrived from %s at %s", l.From, l.To)
	}
}

// heard is the last number that arrived over the link.
func (counting) heard(f *fixture, l cluster.Link) string {
	f.t.Helper()
	number, err := f.invoke(l.To, history.Input{F: Heard, Key: string(l.From)})
	f.must(err)
	return number
}

// following looks at whom nodes take for their leader: who hears nobody has none.
type following struct{ observer cluster.Observer }

func (h following) all(f *fixture) { h.allBut(f, nil) }

func (h following) allBut(f *fixture, cut []cluster.Link) {
	f.t.Helper()
	right := func() bool {
		leader := history.NodeID("")
		for _, n := range nodes {
			s, err := h.observer.Status(f.ctx, n)
			f.must(err)
			cutOff := !slices.ContainsFunc(into(n), func(l cluster.Link) bool { return !slices.Contains(cut, l) })
			switch {
			case cutOff != (s.Leader == ""):
				return false
			case cutOff:
			case leader == "":
				leader = s.Leader
			case s.Leader != leader:
				return false
			}
		}
		return true
	}
	f.eventually(right)
	f.pass(settled)
	f.True(right(), "it did not last")
}

// into are the links over which a node hears others.
func into(n history.NodeID) []cluster.Link {
	return slices.DeleteFunc(links(), func(l cluster.Link) bool { return l.To != n })
}

// outOf are the links over which others hear a node.
func outOf(n history.NodeID) []cluster.Link {
	return slices.DeleteFunc(links(), func(l cluster.Link) bool { return l.From != n })
}

func links() []cluster.Link {
	var all []cluster.Link
	for _, from := range nodes {
		for _, to := range nodes {
			if from != to {
				all = append(all, cluster.Link{From: from, To: to})
			}
		}
	}
	return all
}
