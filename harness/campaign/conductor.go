package campaign

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"senkei/nemesis"
)

// A fault that cannot be had when it is due is tried again every bindEvery for as long as
// bindWithin, as in a live run.
const (
	bindEvery  = 100 * time.Millisecond
	bindWithin = 2 * time.Second
)

// conductor injects the faults of a plan and heals them again, on virtual time.
type conductor struct {
	r       *runner
	active  []*inForce
	applied nemesis.Schedule
	stopped bool
}

// inForce is a fault from the start of its injection to the end of its healing.
type inForce struct {
	id      int
	fault   nemesis.Fault // bound
	from    time.Duration
	began   bool // it is in force
	healing bool
}

func newConductor(r *runner, s nemesis.Schedule) *conductor {
	k := &conductor{r: r}
	for i, step := range s {
		if step.Fault != nil {
			r.world.Call(step.At, func() { k.inject(i+1, step, step.At) })
		}
	}
	return k
}

// inject binds a fault to what is known now and puts it in force.
func (k *conductor) inject(id int, step nemesis.Step, due time.Duration) {
	w := k.r.world
	if k.stopped {
		return
	}
	leader, _ := w.Leading()
	view := nemesis.View{Nodes: k.r.plan.Nodes, Leader: leader, Rand: rand.New(rand.NewPCG(k.r.plan.Seed, uint64(id)))}
	for _, a := range k.active {
		view.Held = append(view.Held, a.fault.Damage())
	}
	bound, err := step.Fault.Bind(view)
	if err != nil {
		if w.Now() < due+bindWithin {
			w.Call(w.Now()+bindEvery, func() { k.inject(id, step, due) })
		}
		return
	}
	a := &inForce{id: id, fault: bound}
	k.active = append(k.active, a)
	w.Do(func(ctx context.Context) error { return bound.Inject(ctx, w) }, func(err error) { k.injected(a, step.For, err) })
}

func (k *conductor) injected(a *inForce, hold time.Duration, failure error) {
	w := k.r.world
	if failure != nil || k.stopped {
		k.heal(a)
		return
	}
	a.began, a.from = true, w.Now()
	k.r.history.Inject(a.id, a.fault.Kind(), a.fault.String(), w.Now())
	w.Call(w.Now()+hold, func() { k.heal(a) })
}

// healEvery is the wait before a fault is healed again that could not be.
const healEvery = time.Second

// heal undoes a fault, unless the time for that is over. What cannot be healed yet, such as a
// node that cannot join because no majority is there, is tried again: until it succeeds the
// damage is there, and other faults are chosen with regard to it.
func (k *conductor) heal(a *inForce) {
	if k.stopped {
		return
	}
	k.ends(a)
	a.healing = true
	w := k.r.world
	w.Do(func(ctx context.Context) error { return a.fault.Heal(ctx, w) }, func(err error) {
		if err != nil {
			w.Call(w.Now()+healEvery, func() { k.heal(a) })
			return
		}
		k.active = slices.DeleteFunc(k.active, func(other *inForce) bool { return other == a })
	})
}

// ends notes that a fault is not certain to be in force any longer.
func (k *conductor) ends(a *inForce) {
	if !a.began || a.healing {
		return
	}
	k.r.history.Heal(a.id, k.r.world.Now())
	k.applied = append(k.applied, nemesis.Step{At: a.from, For: k.r.world.Now() - a.from, Fault: a.fault})
}

// stop injects and heals nothing any more. What is in force is noted as ended.
func (k *conductor) stop() {
	if k.stopped {
		return
	}
	for _, a := range k.active {
		k.ends(a)
	}
	k.stopped = true
}
