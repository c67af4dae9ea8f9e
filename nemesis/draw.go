package nemesis

import (
	"math/rand/v2"
	"time"
)

// Draws is what a kind draws its faults from when a plan is made. The targets stay open, in
// general words: the planner binds them.
type Draws struct {
	Rand  *rand.Rand
	Nodes int // of the cluster

	cycles map[string][]int // what is left of each
}

// Turn returns a number below n. Of the numbers drawn under one name, each comes once, in
// random order, before any comes again, so that also a short plan has all of them.
func (d *Draws) Turn(name string, n int) int {
	left := d.cycles[name]
	if len(left) == 0 {
		left = make([]int, n)
		for i := range left {
			left[i] = i
		}
		d.Rand.Shuffle(n, func(i, j int) { left[i], left[j] = left[j], left[i] })
	}
	d.cycles[name] = left[1:]
	return left[0]
}

// Targets draws the targets of faults that may hit any number of nodes. It rarely takes a
// majority, because what is left of the cluster then decides nothing, and so shows nothing.
func (d *Draws) Targets() Targets {
	switch n := d.Rand.IntN(30); {
	case n < 10:
		return Targets{Spec: Leader}
	case n < 12:
		return Targets{Spec: Majority}
	case n < 13:
		return Targets{Spec: All}
	default:
		return Targets{Spec: d.few()}
	}
}

// FewTargets draws the targets of faults that take nodes out of the cluster: a third of the
// time the leader, never so many that only a few nodes are left to be hit by other faults.
func (d *Draws) FewTargets() Targets {
	if d.Rand.IntN(3) == 0 {
		return Targets{Spec: Leader}
	}
	return Targets{Spec: d.few()}
}

func (d *Draws) few() Spec {
	if d.Nodes >= 3 && d.Rand.IntN(3) == 0 {
		return Minority
	}
	return One
}

// Milliseconds draws evenly from low to high, both included.
func (d *Draws) Milliseconds(low, high int) Duration {
	return Duration(time.Duration(low+d.Rand.IntN(high-low+1)) * time.Millisecond)
}
