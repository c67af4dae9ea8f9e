package search

import (
	"cmp"
	"math/bits"
	"reflect"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// Timeline is what happened to one key in the form in which a search walks along it: the
// beginnings and ends of operations, one after the other. While an operation is open it
// has a slot, so that what became of the open ones fits into a few bits, however long the
// history is.
//
// An operation without an end has no slot, because there may be many of these: it
// belongs to the crashed ones of its class, which are only counted.
type Timeline struct {
	Ops     []history.Op // that take part, by Invoke
	effects []effect     // by operation
	// class is the same for operations that are alike: either could stand for the other
	// wherever both are open. none for those that observe.
	class     []int32
	slot      []int32 // by operation; none for crashed ones
	Events    []event
	slots     int            // the most that are open at once
	crashed   []crashedClass // by number
	crashedOf []int32        // by class: the number of its crashed operations, or none
}

// none is no operation, slot, class or state.
const none = int32(-1)

// event is the beginning or the end of an operation.
type event struct {
	Op   int32
	Ends bool
}

// crashedClass holds the crashed operations of one class.
type crashedClass struct {
	members []int32 // operations, by Invoke
	word    int     // where a configuration counts those that took effect
	shift   uint
	width   uint // in bits, of which the highest is always 0
}

// alike tells operations of the same class.
type alike struct {
	in    history.Input
	out   history.Output
	told  bool
	blind bool
}

// NewTimeline prepares ops, by Invoke; the failed ones and the unknown reads are gone.
func NewTimeline(ops []history.Op, kind func(*history.Op) model.Kind) *Timeline {
	t := &Timeline{
		Ops: ops, effects: make([]effect, len(ops)), class: make([]int32, len(ops)),
		slot: make([]int32, len(ops)), Events: make([]event, 0, 2*len(ops)),
	}
	classes := map[alike]int32{}
	for i := range ops {
		op := &ops[i]
		t.effects[i], t.class[i], t.slot[i] = effectOf(kind(op)), none, none
		if t.effects[i] == observes {
			continue
		}
		a := alike{in: op.In, out: op.Out, told: op.Outcome == history.OK}
		if t.effects[i] == overwrites {
			a = alike{in: op.In, blind: true} // whatever it was told
		}
		n, ok := classes[a]
		if !ok {
			n = int32(len(classes))
			classes[a] = n
		}
		t.class[i] = n
	}
	t.crashedOf = slices.Repeat([]int32{none}, len(classes))
	t.Order()
	t.occupy()
	t.pack()
	return t
}

// Order puts beginnings and ends in the order of their positions. What has no end and
// changes nothing constrains nothing, and takes no part.
func (t *Timeline) Order() {
	ends := make([]int32, 0, len(t.Ops))
	for i := range t.Ops {
		if t.Ops[i].Complete != history.Never {
			ends = append(ends, int32(i))
		}
	}
	slices.SortStableFunc(ends, func(a, b int32) int { return cmp.Compare(t.Ops[a].Complete, t.Ops[b].Complete) })
	for i := range t.Ops {
		for len(ends) > 0 && t.Ops[ends[0]].Complete < t.Ops[i].Invoke {
			t.Events = append(t.Events, event{Op: ends[0], Ends: true})
			ends = ends[1:]
		}
		if t.Ops[i].Complete != history.Never || t.effects[i] != observes {
			t.Events = append(t.Events, event{Op: int32(i)})
		}
	}
	for _, i := range ends {
		t.Events = append(t.Events, event{Op: i, Ends: true})
	}
}

// occupy gives slots to operations with an end, and counters to the others.
func (t *Timeline) occupy() {
	var free []int32
	for _, e := range t.Events {
		switch {
		case e.Ends:
			free = append(free, t.slot[e.Op])
		case t.Ops[e.Op].Complete == history.Never:
			n := &t.crashedOf[t.class[e.Op]]
			if *n == none {
				*n = int32(len(t.crashed))
				t.crashed = append(t.crashed, crashedClass{})
			}
			t.crashed[*n].members = append(t.crashed[*n].members, e.Op)
		case len(free) > 0:
			t.slot[e.Op] = free[len(free)-1]
			free = free[:len(free)-1]
		default:
			t.slot[e.Op] = int32(t.slots)
			t.slots++
		}
	}
}

// pack finds room for the counters in the words of a configuration.
func (t *Timeline) pack() {
	word, used := 0, uint(0)
	for i := range t.crashed {
		l := &t.crashed[i]
		l.width = uint(bits.Len(uint(len(l.members)))) + 1
		if used+l.width > 64 {
			word, used = word+1, 0
		}
		l.word, l.shift = word, used
		used += l.width
	}
}

// TimelineBytes bounds what the timeline of so many operations occupies, with two copies of
// these: the one that was searched for what can be left out, and the one that is left.
func TimelineBytes(ops int) int64 {
	const besides = 80
	return int64(ops) * (2*int64(reflect.TypeFor[history.Op]().Size()) + besides)
}
