package nemesis

import (
	"time"

	"senkei/harness/cluster"
)

// What a planned fault is like, before its targets are named.

// targets draws whom a kill or a pause hits. It rarely takes a majority, because what is
// left of the cluster then decides nothing, and so shows nothing.
func (p *planner) targets() Targets {
	switch n := p.rng.IntN(30); {
	case n < 10:
		return Targets{Spec: Leader}
	case n < 12:
		return Targets{Spec: Majority}
	case n < 13:
		return Targets{Spec: All}
	default:
		return Targets{Spec: p.few()}
	}
}

// leavers draws whom a removal hits: a third of the time the leader, never so many that
// only a few nodes are left to be hit by other faults.
func (p *planner) leavers() Targets {
	if p.rng.IntN(3) == 0 {
		return Targets{Spec: Leader}
	}
	return Targets{Spec: p.few()}
}

// partition draws a partition of the next shape.
func (p *planner) partition() Partition {
	f := Partition{Shape: p.shapes.deal(p.rng)}
	if f.Shape == Halves || f.Shape == Ring {
		return f
	}
	f.Targets.Spec = p.few()
	if p.rng.IntN(3) > 0 { // half of the shapes cannot hit the leader alone
		f.Targets.Spec = Leader
	}
	if f.Shape == OneWay {
		f.Direction = []Direction{Out, In}[p.rng.IntN(2)]
	}
	return f
}

func (p *planner) few() Spec {
	if len(p.nodes) >= 3 && p.rng.IntN(3) == 0 {
		return Minority
	}
	return One
}

// clock draws a jump or, as often, a wrong speed. Both are far beyond what clocks do that
// are looked after: reads that rest on a round of messages must not care.
func (p *planner) clock() Clock {
	f := Clock{Targets: p.targets()}
	if p.rng.IntN(2) == 0 {
		rates := []int{20, 50, 80, 95, 105, 125, 200, 500}
		f.Rate = rates[p.rng.IntN(len(rates))]
		return f
	}
	f.Jump = p.milliseconds(50, 5000)
	if p.rng.IntN(2) == 0 {
		f.Jump = -f.Jump
	}
	return f
}

// disk draws the next trouble.
func (p *planner) disk() Disk {
	f := Disk{Trouble: p.troubles.deal(p.rng)}
	if f.Trouble == cluster.DiskRotten {
		f.Targets = p.leavers()
	} else {
		f.Targets = p.targets()
	}
	return f
}

// traffic draws bad weather: half of the time over the whole network, and each way in which
// messages suffer half of the time.
func (p *planner) traffic() Traffic {
	f := Traffic{Targets: Targets{Spec: All}}
	if p.rng.IntN(2) == 0 {
		f.Targets = p.targets()
	}
	for f.shape() == (cluster.Traffic{}) {
		if p.rng.IntN(2) == 0 {
			f.Delay, f.Jitter = p.milliseconds(1, 100), p.milliseconds(0, 100)
		}
		for _, percent := range []*int{&f.Loss, &f.Duplicate, &f.Reorder} {
			if p.rng.IntN(2) == 0 {
				*percent = 1 + p.rng.IntN(30)
			}
		}
	}
	return f
}

func (p *planner) milliseconds(low, high int) Duration {
	return Duration(time.Duration(low+p.rng.IntN(high-low+1)) * time.Millisecond)
}
