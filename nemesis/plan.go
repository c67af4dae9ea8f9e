package nemesis

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

// Profile says what a planned schedule is like.
type Profile struct {
	Nodes    []history.NodeID // at least 1, and as many as each kind takes
	Kinds    Table            // what is drawn, each kind at most once
	Offers   cluster.Offers   // of the runtime, which must offer what the kinds need; nil means everything
	Duration time.Duration    // 1 s to 24 h: every fault is healed by then
	Interval time.Duration    // mean time between faults, 100 ms to Duration; 0 means DefaultInterval or, over many hours, more
	Hold     time.Duration    // mean time in force, 100 ms to Duration; 0 means DefaultHold
}

// The defaults leave a cluster that elects a leader in about a second some time to work
// before the next fault, and to notice this one.
const (
	DefaultInterval = 2 * time.Second
	DefaultHold     = 2 * time.Second
)

const (
	warmUpMax    = 2 * time.Second
	meanTimeLow  = 100 * time.Millisecond
	durationLow  = time.Second
	planRounding = time.Millisecond
)

// Plan draws a schedule. The kinds of fault come in shuffled cycles, one fault after the
// other, but about one in four begins while another of a different kind is in force. If
// Duration is short, the times shrink so that each kind comes at least once. Each target
// is a name, so that the schedule can be repeated, except the leader, whom about a third
// of the faults hit. No more disks are lost at a time than a store survives, and none while
// a node is removed; see budget.go. Plan is a function of what rng yields and of p.
func Plan(rng *rand.Rand, p Profile) (Schedule, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("plan faults: %w", err)
	}
	pl := newPlanner(rng, p)
	for {
		step, err := pl.next()
		if err != nil {
			return nil, fmt.Errorf("plan faults: %w", err)
		}
		if step.end() > p.Duration {
			return pl.steps, nil
		}
		if len(pl.steps) == stepsMax {
			return nil, fmt.Errorf("plan faults: more than %d would fit into %s: lengthen the interval", stepsMax, p.Duration)
		}
		pl.steps = append(pl.steps, step)
		pl.idle = max(pl.idle, step.end())
	}
}

func (p Profile) check() error {
	switch {
	case len(p.Nodes) == 0:
		return errors.New("there are no nodes to hit")
	case len(p.Kinds) == 0:
		return errors.New("there are no kinds of fault to choose from")
	case p.Duration < durationLow || p.Duration > timeMax:
		return fmt.Errorf("a duration of %s is not between %s and %s", p.Duration, durationLow, timeMax)
	case p.Interval != 0 && p.Interval < meanTimeLow || p.Interval > p.Duration:
		return fmt.Errorf("an interval of %s is not between %s and the duration of %s", p.Interval, meanTimeLow, p.Duration)
	case p.Hold != 0 && p.Hold < meanTimeLow || p.Hold > p.Duration:
		return fmt.Errorf("a hold of %s is not between %s and the duration of %s", p.Hold, meanTimeLow, p.Duration)
	}
	for i, k := range p.Kinds {
		if slices.Contains(p.Kinds[:i].Names(), k.Name()) {
			return fmt.Errorf("fault %q is named twice", k.Name())
		}
		if err := k.Takes(len(p.Nodes)); err != nil {
			return err
		}
		if p.Offers == nil {
			continue
		}
		if err := p.Offers.Lacks(k.Needs()...); err != nil {
			return fmt.Errorf("%s: %w", k.Name(), err)
		}
	}
	return checkNames(p.Nodes)
}

// planner is a plan in the making.
type planner struct {
	draws          Draws
	nodes          []history.NodeID
	kinds          Table
	leaders        bool // the run will know who leads
	interval, hold time.Duration
	steps          Schedule
	idle           time.Duration // when the last of the steps ends
}

func newPlanner(rng *rand.Rand, p Profile) *planner {
	pl := &planner{
		draws:    Draws{Rand: rng, Nodes: len(p.Nodes), cycles: map[string][]int{}},
		nodes:    p.Nodes,
		kinds:    p.Kinds,
		leaders:  p.Offers == nil || p.Offers.Lacks(cluster.CanTellStatus) == nil,
		interval: p.Interval, hold: p.Hold,
		idle: min(warmUpMax, p.Duration/10).Truncate(planRounding),
	}
	if p.Interval == 0 {
		// For a duration of many hours, as long as keeps the plan within stepsMax.
		pl.interval = max(DefaultInterval, p.Duration/(stepsMax*3/4))
	}
	if p.Hold == 0 {
		pl.hold = DefaultHold
	}
	// around draws up to one and a half times the mean. If a whole cycle must fit
	// even then, this is the most that one fault may take of it.
	most := (p.Duration - pl.idle) / time.Duration(len(p.Kinds)) * 2 / 3
	if wanted := pl.interval + pl.hold; wanted > most {
		shrink := float64(most) / float64(wanted)
		pl.interval = time.Duration(float64(pl.interval) * shrink)
		pl.hold = time.Duration(float64(pl.hold) * shrink)
	}
	return pl
}

// next draws the step after those planned.
func (p *planner) next() (Step, error) {
	rng, kind := p.draws.Rand, p.kinds[p.draws.Turn("kind", len(p.kinds))]
	step := Step{For: p.around(p.hold), Fault: kind.Draw(&p.draws)}
	if step.Fault.Damage().Momentary {
		step.For = 0
	}
	if last := p.last(); last.For > 0 && rng.IntN(4) == 0 {
		step.At = last.At + time.Duration(rng.Int64N(int64(last.For)))
		step.At = step.At.Truncate(planRounding)
		if together, ok := p.together(step); ok {
			return together, nil
		}
	}
	step.At = p.idle + p.around(p.interval)
	var err error
	step.Fault, err = p.settle(step.Fault, nil)
	return step, err
}

// last returns the step planned last, if any.
func (p *planner) last() Step {
	if len(p.steps) == 0 {
		return Step{}
	}
	return p.steps[len(p.steps)-1]
}

// together returns the step bound to nodes and links that the faults in force at its
// beginning leave to it, and whether there are any. Beside a fault that hits the leader
// nothing begins, because only the run will tell which node that is.
func (p *planner) together(step Step) (Step, bool) {
	var held []Damage
	for _, s := range p.steps {
		if s.end() <= step.At {
			continue
		}
		damage := s.Fault.Damage()
		if s.Fault.Kind() == step.Fault.Kind() || damage.none() {
			return step, false
		}
		held = append(held, damage)
	}
	var err error
	step.Fault, err = p.settle(step.Fault, held)
	return step, err == nil
}

// settle binds the fault, unless it aims at the leader that the run will know.
func (p *planner) settle(f Fault, held []Damage) (Fault, error) {
	view := View{Nodes: p.nodes, Held: held, Rand: p.draws.Rand}
	bound, err := f.Bind(view)
	if errors.Is(err, ErrNoLeader) {
		if p.leaders {
			return f, nil
		}
		// Nobody will know one during the run either, so any node takes its place.
		view.Leader = p.nodes[p.draws.Rand.IntN(len(p.nodes))]
		return f.Bind(view)
	}
	return bound, err
}

// around draws evenly from half the mean to one and a half times the mean.
func (p *planner) around(mean time.Duration) time.Duration {
	return (mean/2 + time.Duration(p.draws.Rand.Int64N(int64(mean)))).Truncate(planRounding)
}
