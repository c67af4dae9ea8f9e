package loop

import (
	"context"
	"errors"
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
	// faultTimeout bounds one injection and one healing on a real clock.
	faultTimeout = 20 * time.Second
	// A fault that cannot be had when it is due, because nobody knows a leader or the node
	// is still down, is tried again every bindEvery for as long as bindWithin.
	bindEvery  = 100 * time.Millisecond
	bindWithin = 2 * time.Second
	// What cannot be healed yet, such as a node that cannot join because no majority is
	// there, is tried again healEvery after it failed, for as long as healWithin.
	healEvery  = time.Second
	healWithin = 30 * time.Second
)

// Injector injects the faults of a schedule when they are due and heals them again. A fault
// counts as in force from the moment its injection was verified until its healing begins.
// As long as it is not healed its damage is there, and other faults are chosen with regard
// to it.
type Injector struct {
	cluster  cluster.Cluster
	recorder Recorder
	seed     uint64
	leader   func() history.NodeID

	steps   []*step          // not over, in the order of the schedule
	applied nemesis.Schedule // what was really in force and is so no longer
	frozen  bool             // nothing is begun or healed any more
}

type stage uint8

const (
	waiting stage = iota
	injecting
	inForce
	healing
	unhealed // its healing failed, and is tried again
	lost     // its healing was given up; the damage stays
	over
)

// step is one step of the schedule.
type step struct {
	nemesis.Step
	id    int // from 1
	stage stage
	at    time.Duration // when the next thing is due: to inject it, or to heal it; never while that goes on
	fault nemesis.Fault // bound; nil while it waits
	from  time.Duration // when it was seen in force
	until time.Duration // when its healing is given up; 0 before it failed
	cause error         // why its latest healing failed
}

const never = time.Duration(math.MaxInt64)

// NewInjector returns an injector that asks leader for the node that leads, which may be
// empty. What faults leave open is drawn from the seed and the number of the step, so that
// leaving one step out changes nothing about the others.
func NewInjector(c cluster.Cluster, r Recorder, s nemesis.Schedule, seed uint64, leader func() history.NodeID) *Injector {
	k := &Injector{cluster: c, recorder: r, seed: seed, leader: leader}
	for i, planned := range s.Sorted() {
		if planned.Fault != nil { // else something is expected of this time, nothing is done
			k.steps = append(k.steps, &step{Step: planned, id: i + 1, at: planned.At})
		}
	}
	return k
}

// Due begins what is due and returns when something will be.
func (k *Injector) Due(now time.Duration) (time.Duration, error) {
	next := never
	if k.frozen {
		return next, nil
	}
	for _, s := range k.steps {
		var err error
		switch {
		case s.at > now:
		case s.stage == waiting:
			err = k.inject(s, now)
		default:
			err = k.heal(s, now)
		}
		if err != nil {
			return 0, err
		}
		next = min(next, s.at)
	}
	k.drop()
	return next, nil
}

// drop forgets what is over.
func (k *Injector) drop() {
	k.steps = slices.DeleteFunc(k.steps, func(s *step) bool { return s.stage == over })
}

// inject binds a fault to what is known now and starts to put it in force. Where it cannot
// be had that is tried again, or given up and recorded.
func (k *Injector) inject(s *step, now time.Duration) error {
	view := nemesis.View{Nodes: k.cluster.Nodes(), Leader: k.leader(), Rand: rand.New(rand.NewPCG(k.seed, uint64(s.id)))}
	for _, other := range k.steps {
		if other.fault != nil {
			view.Held = append(view.Held, other.fault.Damage())
		}
	}
	bound, err := s.Fault.Bind(view)
	switch {
	case err == nil:
		s.fault, s.stage = bound, injecting
		k.act("inject", s, bound.Inject, k.injected)
	case now < s.At+bindWithin:
		s.at = now + bindEvery
	default:
		s.stage = over
		return k.recorder.Inject(s.id, s.Fault.Kind(), s.Fault.String(), s.Fault, err, now)
	}
	return nil
}

// injected records a fault that is in force, or undoes what a failed injection left.
func (k *Injector) injected(s *step, failure error) error {
	now := k.cluster.Now()
	if err := k.recorder.Inject(s.id, s.fault.Kind(), s.fault.String(), s.fault, failure, now); err != nil {
		return err
	}
	if failure != nil {
		s.stage, s.at = unhealed, now
		return nil
	}
	s.stage, s.from, s.at = inForce, now, now+s.For
	return nil
}

// heal starts to undo a fault.
func (k *Injector) heal(s *step, now time.Duration) error {
	if err := k.ends(s, now); err != nil {
		return err
	}
	s.stage = healing
	k.act("heal", s, s.fault.Heal, k.healed)
	return nil
}

// ends records that a fault is not certain to be in force any longer, if it was.
func (k *Injector) ends(s *step, now time.Duration) error {
	if s.stage != inForce {
		return nil
	}
	k.applied = append(k.applied, s.inForceUntil(now))
	return k.recorder.Heal(s.id, s.fault.Kind(), s.fault.String(), s.fault, nil, now)
}

// healed forgets a fault, or arranges for its healing to be tried again.
func (k *Injector) healed(s *step, failure error) error {
	now := k.cluster.Now()
	switch {
	case failure == nil:
		s.stage = over
		k.drop()
	case s.until == 0:
		s.until = now + healWithin
		fallthrough
	case now < s.until:
		s.stage, s.at, s.cause = unhealed, now+healEvery, failure
	default:
		s.stage = lost
		s.cause = failure
		return k.recorder.Heal(s.id, s.fault.Kind(), s.fault.String(), s.fault, failure, now)
	}
	return nil
}

// act carries out one half of a fault. Nothing is due of it meanwhile.
func (k *Injector) act(what string, s *step, do func(context.Context, cluster.Cluster) error, done func(*step, error) error) {
	s.at = never
	k.cluster.Act(&cluster.Action{
		Name: what + " " + s.fault.String(), Timeout: faultTimeout,
		Do:   func(ctx context.Context) error { return do(ctx, k.cluster) },
		Done: func(failure error) error { return done(s, failure) },
	})
}

// Stop drops the steps not begun and makes every fault in force due for healing.
func (k *Injector) Stop() {
	for _, s := range k.steps {
		switch s.stage {
		case waiting:
			s.stage = over
		case injecting:
			s.For = 0
		case inForce:
			s.at = 0
		}
	}
	k.drop()
}

// Freeze leaves everything as it is, for good.
func (k *Injector) Freeze() { k.frozen = true }

// End freezes a cluster whose actions have been stopped, and records that no fault is
// certain to be in force any longer.
func (k *Injector) End() error {
	k.Freeze()
	now := k.cluster.Now()
	var failures []error
	for _, s := range k.steps {
		failures = append(failures, k.ends(s, now))
	}
	k.steps = nil
	return errors.Join(failures...)
}

// Settled reports whether no fault is on its way in or out.
func (k *Injector) Settled() bool {
	return !k.any(func(s *step) bool { return s.stage == injecting || s.stage == healing })
}

// Idle reports whether no fault is in force, on its way in, or on its way out.
func (k *Injector) Idle() bool {
	return !k.any(func(s *step) bool { return s.stage > waiting && s.stage < lost })
}

func (k *Injector) any(is func(*step) bool) bool { return slices.ContainsFunc(k.steps, is) }

// Applied returns what was really in force until now, and for how long.
func (k *Injector) Applied() nemesis.Schedule {
	s, now := slices.Clone(k.applied), k.cluster.Now()
	for _, active := range k.steps {
		if active.stage == inForce {
			s = append(s, active.inForceUntil(now))
		}
	}
	return s.Sorted()
}

func (s *step) inForceUntil(now time.Duration) nemesis.Step {
	applied := nemesis.Step{At: s.from, Fault: s.fault}
	if !s.fault.Damage().Momentary {
		applied.For = now - s.from
	}
	return applied
}

// InForce describes the faults in force.
func (k *Injector) InForce() []string {
	return k.describe(func(s *step) bool { return s.stage == inForce })
}

// Held describes the faults whose damage is there, or may be.
func (k *Injector) Held() []string {
	return k.describe(func(s *step) bool { return s.stage > waiting })
}

func (k *Injector) describe(which func(*step) bool) []string {
	var texts []string
	for _, s := range k.steps {
		if which(s) {
			texts = append(texts, s.fault.String())
		}
	}
	return texts
}

// Unhealed says of which faults the healing failed, and has not succeeded since.
func (k *Injector) Unhealed() []string {
	var texts []string
	for _, s := range k.steps {
		if s.cause != nil {
			texts = append(texts, fmt.Sprintf("%s was not healed: %v", s.fault, s.cause))
		}
	}
	return texts
}
