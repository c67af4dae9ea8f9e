package search

import (
	"math/bits"
	"senkei/checker/model"
)

// arrange returns the operations, as indices of the timeline's, in a legal order that
// takes the given way through the timeline, up to an event. What observes stands where a
// state first allowed it, and what was overwritten unseen before what overwrote it.
func arrange[S comparable](m model.Model[S], t *Timeline, way []taken, until int) []int32 {
	a := &arrangement[S]{walker: newWalker(m, t), unseen: map[int32]int32{}, placed: make([]bool, len(t.Ops))}
	a.config = a.first()
	for a.at < until {
		for ; len(way) > 0 && way[0].at == a.at; way = way[1:] {
			a.take(way[0].op)
		}
		e := a.Events[a.at]
		a.pass()
		switch {
		case !e.Ends:
			a.begin(a.config, e.Op)
			if a.slot[e.Op] != none && !has(a.must(a.config), a.slot[e.Op]) {
				a.place(e.Op)
			}
		case !a.placed[e.Op]:
			a.passed = append(a.passed, e.Op)
			fallthrough
		default:
			a.skip(a.config, a.slot[e.Op])
		}
	}
	return a.withUnseen()
}

// arrangement is an order that grows.
type arrangement[S comparable] struct {
	*walker[S]
	config configuration
	list   []int32
	placed []bool
	// unseen holds for an operation the first one that overwrote it before it took effect.
	unseen map[int32]int32
	passed []int32 // ended without having been placed: they were overwritten unseen
}

func (a *arrangement[S]) place(op int32) {
	a.list = append(a.list, op)
	a.placed[op] = true
}

// take lets an option take effect, and after it what only waited for that.
func (a *arrangement[S]) take(o int32) {
	op := o
	if o < 0 {
		l := &a.crashed[^o]
		op = l.members[a.used(a.config)[l.word]>>l.shift&(1<<l.width-1)]
	}
	next, _ := a.step(a.config.state(), op)
	before := append(configuration{}, a.config...)
	a.apply(a.config, option{o, next})
	a.place(op)
	must := a.must(a.config)
	for i, word := range a.must(before) {
		for word &^= must[i]; word != 0; word &= word - 1 {
			switch other := a.occupant[i*64+bits.TrailingZeros64(word)]; {
			case other == op:
			case a.effects[other] == observes:
				a.place(other)
			default:
				a.unseen[other] = op
			}
		}
	}
}

// withUnseen returns the list with the operations that were overwritten unseen.
func (a *arrangement[S]) withUnseen() []int32 {
	before := map[int32][]int32{}
	for _, op := range a.passed {
		before[a.unseen[op]] = append(before[a.unseen[op]], op)
	}
	all := make([]int32, 0, len(a.list)+len(a.passed))
	for _, op := range a.list {
		all = append(append(all, before[op]...), op)
	}
	return all
}

// Ids returns the IDs of operations.
func (t *Timeline) Ids(list []int32) []int {
	ids := make([]int, len(list))
	for i, op := range list {
		ids[i] = t.Ops[op].ID
	}
	return ids
}
