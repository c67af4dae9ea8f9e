package models

import (
	"cmp"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// Decide applies to every history of a set. It takes O(n log n), and time linear in what
// the reads returned.
//
// Left out may be every read, and an add unless a read that stays returned its element and
// no add of that element that began earlier stays. (The add that began first can always have
// been the first to take effect, and the others change nothing then.)
//
// In a legal order, what reads return only grows: sorted by size, each must hold what the
// one before it holds. So the reads rank by size, and those that returned the same share a
// rank. An element comes in between the last read without it and the first one with it.
// That is the place of one of its adds; the others may come at any later time. The add
// that began first is the best one to choose, since it had the fewest operations end
// before it. One of unknown outcome has taken effect if it is chosen, and else may never.
// That leaves nothing but pairs of operations to look at, see crossed.
func (Set) Decide(ops []history.Op) (model.Decision, bool) {
	s, applies := newSetReads(ops)
	if !applies {
		return model.Decision{}, false
	}
	if wrong := s.rank(ops); wrong != nil {
		return *wrong, true
	}
	some := s.ranks(ops)
	_, late, found := crossed(some)
	if !found {
		return model.Decision{Legal: true}, true
	}
	early := cheapest(some, late, func(r ranked) int {
		if ops[r.op].In.F == history.Add && ops[late.op].In.F == history.Read {
			return 0 // that costs no second read
		}
		return r.least
	})
	return s.membership(ops).refute(early.op, late.op), true
}

// Order returns the order by rank. An add of unknown outcome stands in it if it is the one
// that brought an element which a read returned.
func (Set) Order(ops []history.Op) []int {
	s, _ := newSetReads(ops)
	s.rank(ops)
	return inRankOrder(slices.DeleteFunc(s.ranks(ops), func(r ranked) bool {
		return !told(ops[r.op]) && r.most == anyRank
	}))
}

// setReads are the reads of a set.
type setReads struct {
	ids      map[history.Value]int32 // index in elements
	elements []element
	reads    []setRead // by size, once rank is done
}

type element struct {
	adder       int // position of the add that began first
	first, last int // index of the first and last read that holds it, or nowhere
}

type setRead struct {
	op    int // position in the history
	size  int
	class int // how many different reads come before it
}

// newSetReads reads ops. applies is false if some are of another object.
func newSetReads(ops []history.Op) (s setReads, applies bool) {
	adds := count(ops, history.Add)
	s.ids, s.elements = make(map[history.Value]int32, adds), make([]element, 0, adds)
	for i, op := range ops {
		switch {
		case op.Outcome == history.Failed:
		case op.In.F == history.Add:
			if _, again := s.ids[op.In.Value]; !again {
				s.ids[op.In.Value] = int32(len(s.elements))
				s.elements = append(s.elements, element{adder: i, first: nowhere, last: nowhere})
			}
		case op.In.F != history.Read:
			return s, false
		case told(op):
			s.reads = append(s.reads, setRead{op: i})
		}
	}
	return s, true
}

// element returns what is known of v, nil if nobody added it.
func (s *setReads) element(v history.Value) *element {
	id, added := s.ids[v]
	if !added {
		return nil
	}
	return &s.elements[id]
}

// rank sorts the reads and checks that they grow.
func (s *setReads) rank(ops []history.Op) *model.Decision {
	for k := range s.reads {
		r := &s.reads[k]
		found := ops[r.op].Out.Value
		if !found.IsList() && found != history.Absent {
			wrong := refuted([]int{r.op}, "a read returned %s, which is no set", found)
			return &wrong
		}
		for range found.Elements() {
			r.size++
		}
	}
	slices.SortStableFunc(s.reads, func(a, b setRead) int { return cmp.Compare(a.size, b.size) })
	for k := range s.reads {
		r := &s.reads[k]
		old := 0
		for v := range ops[r.op].Out.Value.Elements() {
			e := s.element(v)
			switch {
			case e == nil:
				wrong := s.membership(ops).refuted([]history.Value{v}, []int{r.op}, "a read returned %s, which nobody added", v)
				return &wrong
			case e.last == k:
				wrong := s.membership(ops).refuted([]history.Value{v}, []int{r.op}, "a read returned %s twice", v)
				return &wrong
			case e.first == nowhere:
				e.first = k
			default:
				old++
			}
			e.last = k
		}
		if k == 0 {
			continue
		}
		before := s.reads[k-1]
		if r.class = before.class; old < before.size {
			a, b := lacking(ops[before.op], ops[r.op]), lacking(ops[r.op], ops[before.op])
			wrong := s.membership(ops).refuted([]history.Value{a, b}, []int{before.op, r.op}, "of two reads, one returned %s but lacks %s, and the other one the other way round", a, b)
			return &wrong
		}
		if r.size > before.size {
			r.class++
		}
	}
	return nil
}

// ranks returns the operations with their ranks: an even number for an element, the next
// odd one for the reads that hold it first.
func (s *setReads) ranks(ops []history.Op) []ranked {
	classes := make([]int, len(ops))
	unseen := 0
	for _, r := range s.reads {
		classes[r.op], unseen = r.class, r.class+1
	}
	some := make([]ranked, 0, len(ops))
	for i, op := range ops {
		r := ranked{op: i, invoke: op.Invoke, complete: endOf(op), most: anyRank}
		switch {
		case op.Outcome == history.Failed || op.In.F == history.Read && !told(op):
			continue
		case op.In.F == history.Read:
			r.least = 2*classes[i] + 1
			r.most = r.least
		default:
			e := s.element(op.In.Value)
			if e.first == nowhere {
				r.least = 2 * unseen
				break
			}
			r.least = 2 * s.reads[e.first].class
			if e.adder == i {
				r.most = r.least
			}
		}
		some = append(some, r)
	}
	return some
}

func (s *setReads) membership(ops []history.Op) membership {
	return membership{ops: ops, added: "added", adder: func(v history.Value) int {
		if e := s.element(v); e != nil {
			return e.adder
		}
		return nowhere
	}, shows: func(v history.Value) int { return s.reads[s.element(v).first].op }}
}
