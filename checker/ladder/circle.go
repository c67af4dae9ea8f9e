package ladder

import (
	"maps"
	"slices"
)

// circlesMax bounds how many circles are compared to find a short one.
const circlesMax = 64

// shortCircle returns the steps of a circle, the shortest of those it looks at; nil if there
// is none.
func shortCircle(steps map[int][]step) []step {
	var best []step
	tried := 0
	for _, from := range inCircles(steps) {
		circle := circleThrough(steps, from)
		if circle != nil && (best == nil || len(circle) < len(best)) {
			best = circle
		}
		if tried++; best != nil && (tried >= circlesMax || len(best) == 2) {
			break
		}
	}
	return best
}

// inCircles returns the nodes that remain, in ascending order, when those that nothing leads to
// are taken away one after another. Each circle lies among them.
func inCircles(steps map[int][]step) []int {
	into := map[int]int{}
	for from, out := range steps {
		into[from] += 0
		for _, s := range out {
			into[s.to]++
		}
	}
	nodes := slices.Sorted(maps.Keys(into))
	var free []int
	for _, node := range nodes {
		if into[node] == 0 {
			free = append(free, node)
		}
	}
	for len(free) > 0 {
		node := free[0]
		free = free[1:]
		for _, s := range steps[node] {
			if into[s.to]--; into[s.to] == 0 {
				free = append(free, s.to)
			}
		}
	}
	return slices.DeleteFunc(nodes, func(node int) bool { return into[node] == 0 })
}

// circleThrough returns the shortest way from a node back to it; nil if there is none.
func circleThrough(steps map[int][]step, from int) []step {
	type arrival struct {
		node int
		by   step
	}
	came := map[int]arrival{}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		for _, s := range steps[queue[0]] {
			if _, met := came[s.to]; met {
				continue
			}
			came[s.to] = arrival{queue[0], s}
			if s.to != from {
				queue = append(queue, s.to)
				continue
			}
			circle := []step{s}
			for at := queue[0]; at != from; at = came[at].node {
				circle = append(circle, came[at].by)
			}
			slices.Reverse(circle)
			return circle
		}
	}
	return nil
}
