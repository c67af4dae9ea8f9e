package linearizable

import (
	"context"
	"senkei/checker/model"
)

// depth looks for an order depth first. It linearizes just in time: only at the end of an
// operation that is still owed it lets operations take effect, that one last (Lowe,
// "Testing for linearizability", Concurrency and Computation 29, 2017, section 3.2, after
// Wing and Gong, 1993). Configurations that led nowhere are remembered, with what happened
// since forgotten, so that one takes a few words, not a bit for each operation.
type depth[S comparable] struct {
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

func newDepth[S comparable](m model.Model[S], t *timeline) *depth[S] {
	w := newWalker(m, t)
	return &depth[S]{walker: w, seen: newConfigs(w.layout), scratch: w.first()}
}

func (d *depth[S]) name() string { return "depth-first search" }
func (d *depth[S]) reached() int { return d.deepest }

// bytes returns about how much memory the search holds, its timeline left out.
func (d *depth[S]) bytes() int64 {
	if len(d.choices) > countMax {
		return beyond
	}
	return d.walker.bytes() + d.seen.bytes() + int64(cap(d.stack))*16 + int64(cap(d.choices))*8
}

func (d *depth[S]) turn(ctx context.Context, steps int, bytes int64) answer {
	if !d.started {
		d.started = true
		if !d.arrive() {
			return legal
		}
	}
	until := d.steps + steps
	for n := 1; len(d.stack) > 0; n++ {
		if n%between == 0 {
			if a := spent(ctx, d.bytes(), bytes); a != undecided {
				return a
			}
			if d.steps >= until {
				return undecided
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
		if o.op == waived {
			d.waive(d.scratch, d.slot[d.events[d.at].op])
		} else {
			d.apply(d.scratch, o)
		}
		if !d.arrive() {
			return legal
		}
	}
	return illegal
}

// choose returns the next option of the configuration on top of the stack, if one is left,
// and makes that configuration the scratch one. The obvious options come first, since often
// no other is needed: to waive what ends, or to let it take effect.
func (d *depth[S]) choose() (option, bool) {
	f := &d.stack[len(d.stack)-1]
	c := d.seen.at(int(f.config))
	d.rewind(int(c[0] >> 32))
	copy(d.scratch, c)
	for wanted := d.events[d.at].op; int(f.next) == len(d.choices); f.stage++ {
		switch slot := d.slot[wanted]; f.stage {
		case 0:
			if !has(d.owed(c), slot) {
				d.choices = append(d.choices, option{op: waived})
			}
		case 1:
			if d.swaps || !has(d.usable(c), slot) {
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
func (d *depth[S]) arrive() bool {
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
func (d *depth[S]) note() {
	if d.keep && d.isBest {
		d.bestWay = d.way()
	}
	d.isBest = false
}

// way returns what took effect on the way to where the search stands.
func (d *depth[S]) way() []taken {
	var list []taken
	for _, f := range d.stack {
		if f.next == f.from {
			continue // nothing has been tried there
		}
		if o := d.choices[f.next-1].op; o != waived {
			list = append(list, taken{op: o, at: int(d.seen.at(int(f.config))[0] >> 32)})
		}
	}
	return list
}
