package search

import (
	"cmp"
	"math"
	"math/bits"
	"senkei/checker/model"
	"slices"
)

// walker stands at an event of a timeline, and knows what can be done to a configuration
// there. It can walk on and back.
type walker[S comparable] struct {
	model model.Model[S]
	*Timeline
	layout
	*states[S]
	at        int           // events before this one have passed
	occupant  []int32       // by slot: the open operation, or none
	watching  []uint64      // slots of open operations that observe
	blind     []uint64      // slots of open operations that overwrite
	begun     []int32       // by crashed class: how many have begun
	known     []knownStep   // a cache of steps, by hash
	best      []int32       // by class, while candidates are gathered
	steps     int           // of the model, ever
	swaps     bool          // whether the model is a cell, so that what updates it is a swap
	options   []option      // of the last call to candidates
	lookahead *lookahead[S] // or nil
}

// knownStep is a step that was taken.
type knownStep struct {
	key  uint64 // state and operation, plus 1
	next int32  // none if it is refused
}

// option is an operation that may take effect next.
type option struct {
	op   int32 // one with a slot, ^n for the next one of crashed class n, or skipped
	next int32 // the state that it leaves
}

// skipped stands for an option without an operation: what ends next need not take effect, and
// does not.
const skipped = math.MinInt32

func newWalker[S comparable](m model.Model[S], t *Timeline) *walker[S] {
	w := &walker[S]{
		model: m, Timeline: t, layout: t.layout(), states: newStates(m),
		occupant: slices.Repeat([]int32{none}, t.slots), begun: make([]int32, len(t.crashed)),
		best: slices.Repeat([]int32{none}, len(t.crashedOf)),
	}
	w.known = make([]knownStep, 1<<min(12, bits.Len(uint(4*len(t.Ops)))))
	c, _ := m.(model.Cell[S])
	w.swaps = model.Knows(c, t.Ops)
	w.lookahead = lookAhead(m, t.Ops)
	w.watching, w.blind = make([]uint64, w.masks), make([]uint64, w.masks)
	return w
}

// first returns the configuration before the first event.
func (w *walker[S]) first() configuration { return make(configuration, w.words()) }

// pass moves over the next event, without regard to configurations.
func (w *walker[S]) pass() {
	e := w.Events[w.at]
	w.at++
	if e.Ends {
		w.leave(e.Op)
	} else {
		w.enter(e.Op)
	}
}

// back moves back over the last event.
func (w *walker[S]) back() {
	w.at--
	e := w.Events[w.at]
	if e.Ends {
		w.enter(e.Op)
	} else {
		w.leave(e.Op)
	}
}

func (w *walker[S]) enter(op int32) {
	slot := w.slot[op]
	if slot == none {
		w.begun[w.crashedOf[w.class[op]]]++
		return
	}
	w.occupant[slot] = op
	switch w.effects[op] {
	case observes:
		set(w.watching, slot)
	case overwrites:
		set(w.blind, slot)
	}
}

func (w *walker[S]) leave(op int32) {
	slot := w.slot[op]
	if slot == none {
		w.begun[w.crashedOf[w.class[op]]]--
		return
	}
	w.occupant[slot] = none
	unset(w.watching, slot)
	unset(w.blind, slot)
}

// begin lets c know that an operation, which has been passed, has begun.
func (w *walker[S]) begin(c configuration, op int32) {
	slot := w.slot[op]
	if slot == none {
		return
	}
	if w.effects[op] != observes {
		set(w.must(c), slot)
		set(w.may(c), slot)
		return
	}
	if _, ok := w.step(c.state(), op); !ok {
		set(w.must(c), slot)
	}
}

// skip lets c, in which it need not take effect, know that the operation of a slot ends, and can take
// effect no more.
func (w *walker[S]) skip(c configuration, slot int32) { unset(w.may(c), slot) }

// step returns the number of the state after op.
func (w *walker[S]) step(state, op int32) (next int32, ok bool) {
	key := uint64(uint32(state))<<32 | uint64(uint32(op))
	known := &w.known[mix(key)&uint64(len(w.known)-1)]
	if known.key == key+1 {
		return known.next, known.next != none
	}
	w.steps++
	s := w.list[state]
	after, ok := w.model.Step(s, w.Ops[op])
	switch {
	case !ok:
		next = none
	case after == s:
		next = state
	default:
		next = w.number(after)
	}
	*known = knownStep{key: key + 1, next: next}
	return next, ok
}

// try returns the number of the state after op in c, unless that is refused or a dead end.
func (w *walker[S]) try(c configuration, op int32) (next int32, ok bool) {
	next, ok = w.step(c.state(), op)
	return next, ok && !w.isDeadEnd(c, op)
}

// candidates returns the operations that may take effect next in c, where wanted ends: those
// first that let wanted take effect, then by end. Of those that are alike the first to end is
// enough, because the others can do later what it could. The next call overwrites the result.
func (w *walker[S]) candidates(c configuration, wanted int32) []option {
	w.options = w.options[:0]
	for i, word := range w.may(c) {
		for ; word != 0; word &= word - 1 {
			op := w.occupant[i*64+bits.TrailingZeros64(word)]
			if best := &w.best[w.class[op]]; *best == none || w.Ops[op].Complete < w.Ops[*best].Complete {
				*best = op
			}
		}
	}
	for i, word := range w.may(c) {
		for ; word != 0; word &= word - 1 {
			op := w.occupant[i*64+bits.TrailingZeros64(word)]
			if w.best[w.class[op]] != op {
				continue
			}
			if next, ok := w.try(c, op); ok {
				w.options = append(w.options, option{op, next})
			}
		}
	}
	slices.SortFunc(w.options, func(a, b option) int { return cmp.Compare(w.Ops[a.op].Complete, w.Ops[b.op].Complete) })
	w.idle(c)
	for i, word := range w.may(c) {
		for ; word != 0; word &= word - 1 {
			w.best[w.class[w.occupant[i*64+bits.TrailingZeros64(word)]]] = none
		}
	}
	w.prefer(c, wanted)
	return w.options
}

// idle adds a crashed operation of each crashed class to the options.
func (w *walker[S]) idle(c configuration) {
	used := w.used(c)
	for n := range w.crashed {
		l := &w.crashed[n]
		k := int32(used[l.word] >> l.shift & (1<<l.width - 1))
		if w.begun[n] == 0 {
			return // counters are numbered by their first beginning
		}
		if k >= w.begun[n] || w.best[w.class[l.members[0]]] != none {
			continue
		}
		if next, ok := w.try(c, l.members[k]); ok {
			w.options = append(w.options, option{^int32(n), next})
		}
	}
}

// prefer moves the options to the front after which wanted has taken effect, or can. Of a
// cell, the swaps that must take effect come before these: the state has to change anyway, and a swap
// cannot take effect everywhere.
func (w *walker[S]) prefer(c configuration, wanted int32) {
	front := 0
	move := func(fits func(o option) bool) {
		for i := front; i < len(w.options); i++ {
			if o := w.options[i]; fits(o) {
				copy(w.options[front+1:i+1], w.options[front:i])
				w.options[front] = o
				front++
			}
		}
	}
	if w.swaps {
		move(func(o option) bool { return o.op >= 0 && w.effects[o.op] == updates && has(w.must(c), w.slot[o.op]) })
	}
	move(func(o option) bool {
		if o.op == wanted {
			return true
		}
		_, ok := w.step(o.next, wanted)
		return ok
	})
}

// apply lets an option of c take effect in c.
func (w *walker[S]) apply(c configuration, o option) {
	effect := updates
	if o.op < 0 {
		l := &w.crashed[^o.op]
		effect = w.effects[l.members[0]]
		w.used(c)[l.word] += 1 << l.shift
	} else {
		effect = w.effects[o.op]
		unset(w.may(c), w.slot[o.op])
		unset(w.must(c), w.slot[o.op])
	}
	must := w.must(c)
	if effect == overwrites {
		for i := range must {
			must[i] &^= w.blind[i]
		}
	}
	if c.state() == o.next {
		return // what observes has taken effect, or cannot yet
	}
	c.setState(o.next)
	for i := range must {
		for word := must[i] & w.watching[i]; word != 0; word &= word - 1 {
			slot := int32(i*64 + bits.TrailingZeros64(word))
			if _, ok := w.step(o.next, w.occupant[slot]); ok {
				unset(must, slot)
			}
		}
	}
}

// advance walks on with c up to an end of an operation that has not taken effect, or need
// not have. It returns false where the timeline is over.
func (w *walker[S]) advance(c configuration) bool {
	for w.at < len(w.Events) {
		e := w.Events[w.at]
		if e.Ends && (has(w.must(c), w.slot[e.Op]) || has(w.may(c), w.slot[e.Op])) {
			return true
		}
		w.pass()
		if !e.Ends {
			w.begin(c, e.Op)
		}
	}
	return false
}

// rewind walks back to an event.
func (w *walker[S]) rewind(at int) {
	for w.at > at {
		w.back()
	}
}

func (w *walker[S]) Taken() int      { return w.steps }
func (w *walker[S]) Operations() int { return len(w.Ops) }

// bytes returns about how much memory the walker holds, its timeline left out.
func (w *walker[S]) bytes() int64 {
	bytes := w.states.bytes() + int64(len(w.best))*4 + int64(len(w.known))*16
	if w.lookahead != nil {
		bytes += lookaheadBytes * int64(len(w.Ops))
	}
	return bytes
}
