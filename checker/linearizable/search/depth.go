package search

import (
	"context"
	"senkei/checker/linearizable/engine"
	"senkei/checker/model"
	"senkei/history"
)

// Depth looks for an order depth first. It linearizes just in time: only at the end of an
// operation that must still take effect it lets operations take effect, that one last (Lowe,
// "Testing for linearizability", Concurrency and Computation 29, 2017, section 3.2, after
// Wing and Gong, 1993). Configurations that led nowhere are remembered, with what happened
// since forgotten, so that one takes a few words, not a bit for each operation.
type Depth[S comparable] struct {
	*walker[S]
	seen    *configs // the high half of the first word is the event
	stack   []frame
	choices []option // of the frames of the stack, one after the other
	scratch configuration
	started bool
	deepest int     // the last event that a configuration stood before
	keep    bool    // whether to keep the way to the deepest configuration
	bestWay []taken // that one, unless the search is on it
	isBest  bool    // whether the search is on it
}

// frame is a configuration on the way, with the options there from one index of choices
// to the next frame's. They are gathered in stages.
type frame struct {
	config  int32 // its number
	from    int32 // first choice
	next    int32 // first choice that was not tried
	stage   int8
	obvious bool // whether what ends was tried on its own
}

// taken is the operation of an option that took effect before an event.
type taken struct {
	op int32
	at int
}

func NewDepth[S comparable](m model.Model[S], t *Timeline) *Depth[S] {
	w := newWalker(m, t)
	return &Depth[S]{walker: w, seen: newConfigs(w.layout), scratch: w.first()}
}

func (d *Depth[S]) Name() string { return "depth-first search" }
func (d *Depth[S]) Reached() int { return d.deepest }

// bytes returns about how much memory the search holds, its timeline left out.
func (d *Depth[S]) bytes() int64 {
	if len(d.choices) > engine.CountMax {
		return engine.Beyond
	}
	return d.walker.bytes() + d.seen.bytes() + int64(cap(d.stack))*16 + int64(cap(d.choices))*8
}

func (d *Depth[S]) Turn(ctx context.Context, steps int, bytes int64) engine.Answer {
	if !d.started {
		d.started = true
		if !d.arrive() {
			return engine.Legal
		}
	}
	until := d.steps + steps
	for n := 1; len(d.stack) > 0; n++ {
		if n%engine.Between == 0 {
			if a := engine.Spent(ctx, d.bytes(), bytes); a != engine.Undecided {
				return a
			}
			if d.steps >= until {
				return engine.Undecided
			}
		}
		o, ok := d.choose()
		if !ok {
			d.note()
			d.choices = d.choices[:d.stack[len(d.stack)-1].from]
			d.stack = d.stack[:len(d.stack)-1]
			continue
		}
		d.steps++ // an option without a step of the model is work as well
		if o.op == skipped {
			d.skip(d.scratch, d.slot[d.Events[d.at].Op])
		} else {
			d.apply(d.scratch, o)
		}
		if !d.arrive() {
			return engine.Legal
		}
	}
	return engine.Illegal
}

// choose returns the next option of the configuration on top of the stack, if one is left,
// and makes that configuration the scratch one. The obvious options come first, since often
// no other is needed: to skip what ends, or to let it take effect.
func (d *Depth[S]) choose() (option, bool) {
	f := &d.stack[len(d.stack)-1]
	c := d.seen.at(int(f.config))
	d.rewind(int(c[0] >> 32))
	copy(d.scratch, c)
	for wanted := d.Events[d.at].Op; int(f.next) == len(d.choices); f.stage++ {
		switch slot := d.slot[wanted]; f.stage {
		case 0:
			if !has(d.must(c), slot) {
				d.choices = append(d.choices, option{op: skipped})
			}
		case 1:
			if d.swaps || !has(d.may(c), slot) {
				break // candidates knows better
			}
			if next, ok := d.try(c, wanted); ok {
				d.choices = append(d.choices, option{wanted, next})
				f.obvious = true
			}
		case 2:
			for _, o := range d.candidates(c, wanted) {
				if !f.obvious || o.op != wanted {
					d.choices = append(d.choices, o)
				}
			}
		default:
			return option{}, false
		}
	}
	f.next++
	return d.choices[f.next-1], true
}

// arrive walks on with the scratch configuration, and puts it onto the stack unless one
// like it was there before. It returns false where the timeline is over.
func (d *Depth[S]) arrive() bool {
	d.scratch[0] = d.scratch[0] << 32 >> 32
	if !d.advance(d.scratch) {
		return false
	}
	d.scratch[0] |= uint64(d.at) << 32
	n, isNew := d.seen.add(d.scratch)
	if !isNew {
		return true
	}
	if d.at > d.deepest {
		d.deepest, d.isBest = d.at, true
	}
	from := int32(len(d.choices))
	d.stack = append(d.stack, frame{config: int32(n), from: from, next: from})
	return true
}

// note keeps the way to the deepest configuration before the search leaves it.
func (d *Depth[S]) note() {
	if d.keep && d.isBest {
		d.bestWay = d.way()
	}
	d.isBest = false
}

// way returns what took effect on the way to where the search stands.
func (d *Depth[S]) way() []taken {
	var list []taken
	for _, f := range d.stack {
		if f.next == f.from {
			continue // nothing has been tried there
		}
		if o := d.choices[f.next-1].op; o != skipped {
			list = append(list, taken{op: o, at: int(d.seen.at(int(f.config))[0] >> 32)})
		}
	}
	return list
}

// Order returns the operations, as indices of the timeline's, in the legal order that the search
// has found.
func (d *Depth[S]) Order() []int32 {
	return arrange(d.model, d.Timeline, d.way(), len(d.Events))
}

// Furthest returns some of ops, by position, in a legal order that cannot go on, or not in so
// many steps: of those that a depth-first search comes upon one that gets furthest.
func Furthest[S comparable](ctx context.Context, m model.Model[S], ops []history.Op, steps int, bytes int64) []int32 {
	t := NewTimeline(ops, model.KindOf(m))
	d := NewDepth(m, t)
	d.keep = true
	d.Turn(ctx, steps, bytes)
	d.note()
	return arrange(m, t, d.bestWay, d.deepest)
}
