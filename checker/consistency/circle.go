package consistency

import (
	"cmp"
	"slices"
)

// circlesMax bounds how many circles are compared to find a short one.
const circlesMax = 64

// step is two accesses of one session on one key, the second right after the first, and the
// chains that they lie in.
type step struct{ from, to, first, second int }

// shortCircle returns the steps of a circle, the shortest of those through up to circlesMax
// chains of one that it finds first; nil if there is none. It sorts the steps.
func shortCircle(steps []step) []step {
	g := newGraph(steps)
	var best []step
	came := make([]arrival, len(g.nodes))
	for n, node := range g.anyCircle() {
		if circle := g.circleThrough(node, came, len(best)); circle != nil {
			best = circle
		}
		if n+1 == circlesMax || len(best) == 2 {
			break
		}
	}
	return best
}

// graph numbers the chains that steps lead away from. No circle goes through others.
type graph struct {
	steps []step // by from
	nodes []int  // the chains, ascending
	begin []int  // by node: its first step; and where the last one's end
	to    []int  // by step: the node it leads to; none if that has no steps
}

func newGraph(steps []step) graph {
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.from, b.from) })
	g := graph{steps: steps, to: make([]int, len(steps))}
	for i, s := range steps {
		if i == 0 || steps[i-1].from != s.from {
			g.nodes = append(g.nodes, s.from)
			g.begin = append(g.begin, i)
		}
	}
	g.begin = append(g.begin, len(steps))
	for i, s := range steps {
		node, ok := slices.BinarySearch(g.nodes, s.to)
		if g.to[i] = node; !ok {
			g.to[i] = none
		}
	}
	return g
}

// anyCircle returns the nodes of some circle, and nothing if there is none, depth first
// (Tarjan, "Depth-first search and linear graph algorithms", 1972), without recursion.
func (g graph) anyCircle() []int {
	const onPath, done = 1, 2
	state := make([]uint8, len(g.nodes))
	next := slices.Clone(g.begin) // by node: the step to follow next
	for root := range g.nodes {
		if state[root] == done {
			continue
		}
		state[root] = onPath
		for path := []int{root}; len(path) > 0; {
			node := path[len(path)-1]
			if next[node] == g.begin[node+1] {
				state[node] = done
				path = path[:len(path)-1]
				continue
			}
			to := g.to[next[node]]
			next[node]++
			switch {
			case to == none || state[to] == done:
			case state[to] == onPath:
				return path[slices.Index(path, to):]
			default:
				state[to] = onPath
				path = append(path, to)
			}
		}
	}
	return nil
}

// arrival is how a search came to a node.
type arrival struct{ round, node, by int }

// circleThrough returns the shortest way from a node back to it; nil if that is not shorter
// than limit, where there is one. came is kept between searches.
func (g graph) circleThrough(from int, came []arrival, limit int) []step {
	round := from + 1
	queue := []int{from}
	for depth := 1; len(queue) > 0 && (limit == 0 || depth < limit); depth++ {
		var reached []int
		for _, node := range queue {
			for i := g.begin[node]; i < g.begin[node+1]; i++ {
				to := g.to[i]
				if to == none || came[to].round == round {
					continue
				}
				came[to] = arrival{round, node, i}
				if to == from {
					return g.way(from, came)
				}
				reached = append(reached, to)
			}
		}
		queue = reached
	}
	return nil
}

func (g graph) way(from int, came []arrival) []step {
	circle := []step{g.steps[came[from].by]}
	for at := came[from].node; at != from; at = came[at].node {
		circle = append(circle, g.steps[came[at].by])
	}
	slices.Reverse(circle)
	return circle
}
