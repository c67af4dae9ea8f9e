package harness

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/nemesis"
)

const (
	// faultTimeout bounds one injection and one healing.
	faultTimeout = 20 * time.Second
	// A fault that cannot be had when it is due, because nobody knows a leader or the node
	// is still down, is tried again every bindEvery for as long as bindWithin.
	bindEvery  = 100 * time.Millisecond
	bindWithin = 2 * time.Second
)

// conductor injects the faults of a schedule when they are due and heals them again. A
// fault counts as in force from the moment its injection was verified until its healing
// begins.
type conductor struct {
	cluster  cluster.Cluster
	recorder *history.Recorder
	rand     *rand.Rand
	leader   func() history.NodeID

	waiting  []*numbered // steps not begun
	active   []*active
	healed   nemesis.Schedule // what was really in force and is so no longer
	problems []string
	kept     bool // nothing is begun or healed any more
}

type numbered struct {
	id    int
	step  nemesis.Step
	dueAt time.Duration
}

type stage uint8

const (
	injecting stage = iota
	inForce
	healing
)

// active is a fault between the start of its injection and the end of its healing.
type active struct {
	*numbered
	fault  nemesis.Fault // bound
	stage  stage
	from   time.Duration // when it was seen in force
	healAt time.Duration
}

func newConductor(c cluster.Cluster, rec *history.Recorder, s nemesis.Schedule, seed uint64, leader func() history.NodeID) *conductor {
	k := &conductor{cluster: c, recorder: rec, leader: leader, rand: rand.New(rand.NewPCG(seed, 2))}
	for i, step := range s.Sorted() {
		if step.Fault == nil {
			continue // something is expected of this time, nothing is done
		}
		k.waiting = append(k.waiting, &numbered{id: i + 1, step: step, dueAt: step.At})
	}
	return k
}

// due begins what is due and returns when something will be.
func (k *conductor) due(now time.Duration) (time.Duration, error) {
	next := time.Duration(math.MaxInt64)
	if k.kept {
		return next, nil
	}
	var later []*numbered
	for _, step := range k.waiting {
		if step.dueAt <= now {
			begun, err := k.inject(step, now)
			if err != nil {
				return 0, err
			}
			if begun {
				continue
			}
			step.dueAt = now + bindEvery
		}
		next = min(next, step.dueAt)
		later = append(later, step)
	}
	k.waiting = later
	for _, a := range k.active {
		if a.stage != inForce {
			continue
		}
		if a.healAt > now {
			next = min(next, a.healAt)
			continue
		}
		if err := k.heal(a, now); err != nil {
			return 0, err
		}
	}
	return next, nil
}

// inject binds a fault to what is known now and starts to put it in force. It returns
// false where the fault cannot be had yet, and records it where it is given up.
func (k *conductor) inject(step *numbered, now time.Duration) (begun bool, err error) {
	view := nemesis.View{Nodes: k.cluster.Nodes(), Leader: k.leader(), Rand: k.rand}
	for _, a := range k.active {
		view.Held = append(view.Held, a.fault.Damage())
	}
	bound, err := step.step.Fault.Bind(view)
	if err != nil {
		if now < step.step.At+bindWithin {
			return false, nil
		}
		f := step.step.Fault
		return true, k.recorder.Inject(step.id, f.Kind(), f.String(), f, err, now)
	}
	a := &active{numbered: step, fault: bound, stage: injecting}
	k.active = append(k.active, a)
	k.act("inject", a, bound.Inject, k.injected)
	return true, nil
}

func (k *conductor) heal(a *active, now time.Duration) error {
	a.stage = healing
	k.healed = append(k.healed, a.applied(now))
	if err := k.recorder.Heal(a.id, a.fault.Kind(), a.fault.String(), a.fault, nil, now); err != nil {
		return err
	}
	k.act("heal", a, a.fault.Heal, k.undone)
	return nil
}

func (k *conductor) act(what string, a *active, do func(context.Context, cluster.Cluster) error, done func(*active, error) error) {
	k.cluster.Act(&cluster.Action{
		Name: what + " " + a.fault.String(), Timeout: faultTimeout,
		Do:   func(ctx context.Context) error { return do(ctx, k.cluster) },
		Done: func(failure error) error { return done(a, failure) },
	})
}

// undone takes the end of a healing.
func (k *conductor) undone(a *active, failure error) error {
	k.active = slices.DeleteFunc(k.active, func(other *active) bool { return other == a })
	if failure != nil {
		k.problems = append(k.problems, fmt.Sprintf("%s was not healed: %v", a.fault, failure))
	}
	return nil
}

// injected records a fault that is in force, or undoes what a failed injection left.
func (k *conductor) injected(a *active, failure error) error {
	now := k.cluster.Now()
	if err := k.recorder.Inject(a.id, a.fault.Kind(), a.fault.String(), a.fault, failure, now); err != nil {
		return err
	}
	if failure != nil {
		a.stage = healing
		k.act("heal", a, a.fault.Heal, k.undone)
		return nil
	}
	a.stage, a.from, a.healAt = inForce, now, now+a.step.For
	return nil
}

// stop drops the steps not begun and makes every fault in force due for healing.
func (k *conductor) stop() {
	k.waiting = nil
	for _, a := range k.active {
		a.step.For, a.healAt = 0, 0
	}
}

// keep leaves what is in force as it is, for good.
func (k *conductor) keep() { k.kept = true }

// settled reports whether no fault is on its way in or out.
func (k *conductor) settled() bool {
	return !slices.ContainsFunc(k.active, func(a *active) bool { return a.stage != inForce })
}

// applied returns what was really in force until now, and for how long.
func (k *conductor) applied(now time.Duration) nemesis.Schedule {
	s := slices.Clone(k.healed)
	for _, a := range k.active {
		if a.stage == inForce {
			s = append(s, a.applied(now))
		}
	}
	return s.Sorted()
}

func (a *active) applied(now time.Duration) nemesis.Step {
	return nemesis.Step{At: a.from, For: now - a.from, Fault: a.fault}
}

// idle reports whether no fault is in force, on its way in or on its way out.
func (k *conductor) idle() bool { return len(k.active) == 0 }

// inForce describes the faults in force.
func (k *conductor) inForce() []string {
	var texts []string
	for _, a := range k.active {
		if a.stage == inForce {
			texts = append(texts, a.fault.String())
		}
	}
	return texts
}
