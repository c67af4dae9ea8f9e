package search

import (
	"context"
	"senkei/checker/linearizable/engine"
	"senkei/checker/model"
	"slices"
)

// Frontier looks for an order breadth first: it holds all configurations that the
// operations up to an event allow, and nothing of those before. So its memory depends on
// how many operations are open at once, not on how many there are. It linearizes just in
// time, as depth does (Lowe, "Testing for linearizability", 2017, section 3.2, and Knossos).
// Where no operation is open, only the possible states are left.
type Frontier[S comparable] struct {
	*walker[S]
	live    *configs // before the event at which the search stands
	next    *configs // after it
	within  *configs // on the way from one to the other: what ends there may still take effect
	settled int      // of live, in an event
	done    int      // of within
	inEvent bool
	scratch configuration
	ended   configuration
}

func NewFrontier[S comparable](m model.Model[S], t *Timeline) *Frontier[S] {
	w := newWalker(m, t)
	f := &Frontier[S]{walker: w, scratch: w.first(), ended: w.first()}
	f.live, f.next, f.within = newConfigs(w.layout), newConfigs(w.layout), newConfigs(w.layout)
	f.live.add(f.scratch)
	return f
}

func (f *Frontier[S]) Name() string { return "frontier search" }
func (f *Frontier[S]) Reached() int { return f.at }

// bytes returns about how much memory the search holds, its timeline left out.
func (f *Frontier[S]) bytes() int64 {
	return f.walker.bytes() + f.live.bytes() + f.next.bytes() + f.within.bytes()
}

func (f *Frontier[S]) Turn(ctx context.Context, steps int, bytes int64) engine.Answer {
	until := f.steps + steps
	for n := 1; ; n++ {
		if n >= engine.Between {
			n = 0
			if a := engine.Spent(ctx, f.bytes(), bytes); a != engine.Undecided {
				return a
			}
			if f.steps >= until {
				return engine.Undecided
			}
		}
		switch {
		case f.inEvent && f.settled < f.live.n:
			f.settle(f.live.at(f.settled), f.slot[f.Events[f.at].Op])
			f.settled++
		case f.inEvent && f.done < f.within.n:
			f.extend()
		case f.inEvent:
			if f.next.n == 0 {
				return engine.Illegal
			}
			n += f.next.n
			f.inEvent = false
			f.pass()
			f.live, f.next = f.next, f.live
			f.drop()
		case f.at == len(f.Events):
			return engine.Legal
		default:
			n += f.live.n
			f.meet(f.Events[f.at])
		}
	}
}

// meet walks over the next event, or begins to.
func (f *Frontier[S]) meet(e event) {
	f.steps += f.live.n
	if !e.Ends {
		f.pass()
		if f.slot[e.Op] != none {
			f.beginAll(e.Op)
		}
		return
	}
	slot := f.slot[e.Op]
	for i := range f.live.n {
		c := f.live.at(i)
		if has(f.must(c), slot) || has(f.may(c), slot) {
			f.split()
			return
		}
	}
	f.pass()
}

// beginAll lets the configurations know that an operation has begun. They stay as different
// as they were, or nearly so, and so they are changed where they are: the tables of live
// are not used again.
func (f *Frontier[S]) beginAll(op int32) {
	for i := range f.live.n {
		f.begin(f.live.at(i), op)
	}
}

// split begins an event at which what ends has not taken effect in some configurations.
func (f *Frontier[S]) split() {
	f.next.clear()
	f.within.clear()
	f.inEvent, f.settled, f.done = true, 0, 0
}

// settle puts a configuration to those after the event, if it can be there, and to those
// that may still let what ends take effect.
func (f *Frontier[S]) settle(c configuration, slot int32) {
	must, may := has(f.must(c), slot), has(f.may(c), slot)
	if must || may {
		f.within.add(c)
	}
	if !must {
		copy(f.ended, c)
		f.skip(f.ended, slot)
		f.next.add(f.ended)
	}
}

// extend lets each possible operation take effect in one configuration.
func (f *Frontier[S]) extend() {
	n := f.done
	f.done++
	if f.within.isDead(n) {
		return
	}
	op := f.Events[f.at].Op
	slot := f.slot[op]
	for _, o := range f.candidates(f.within.at(n), op) {
		copy(f.scratch, f.within.at(n))
		f.apply(f.scratch, o)
		f.steps++
		f.settle(f.scratch, slot)
	}
}

// drop takes what is dominated out of live.
func (f *Frontier[S]) drop() {
	if !slices.ContainsFunc(f.live.dead, func(word uint64) bool { return word != 0 }) {
		return
	}
	f.next.clear()
	for i := range f.live.n {
		if !f.live.isDead(i) {
			f.next.add(f.live.at(i))
		}
	}
	f.live, f.next = f.next, f.live
}
