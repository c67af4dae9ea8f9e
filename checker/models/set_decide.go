package models

import (
	"cmp"
	"slices"

	"senkei/checker"
	"senkei/history"
)

var _ checker.Decider = Set{}

// Decide applies to every history of a set. It takes O(n log n), and time linear in what
// the reads returned. The operations that do not belong to the proof may be taken for
// adds of unknown outcome, and for reads that did not happen.
//
// In a legal order, what reads return only grows: sorted by size, each must hold what the
// one before it holds. So the reads rank by size, and those that returned the same share a
// rank. An element comes in between the last read without it and the first one with it.
// That is the place of one of its adds; the others may come at any later time. The add
// that began first is the best one to choose, since it had the fewest operations end
// before it. One of unknown outcome has taken effect if it is chosen, and else may never.
// That leaves nothing but pairs of operations to look at, see crossed.
func (Set) Decide(ops []history.Op) (checker.Decision, bool) {
	s := setReads{elements: map[history.Value]*element{}}
	for i, op := range ops {
		switch {
		case op.Outcome == history.Failed:
		case op.In.F == history.Add:
			if _, again := s.elements[op.In.Value]; !again {
				s.elements[op.In.Value] = &element{adder: i, first: nowhere, last: nowhere}
			}
		case op.In.F != history.Read:
			return checker.Decision{}, false
		case told(op):
			s.reads = append(s.reads, setRead{op: i})
		}
	}
	if wrong := s.rank(ops); wrong != nil {
		return *wrong, true
	}
	early, late, found := crossed(s.ranks(ops))
	if !found {
		return checker.Decision{Legal: true}, true
	}
	return s.refute(ops, early.op, late.op), true
}

// setReads are the reads of a set.
type setReads struct {
	elements map[history.Value]*element
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

// rank sorts the reads and checks that they grow.
func (s *setReads) rank(ops []history.Op) *checker.Decision {
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
			e := s.elements[v]
			switch {
			case e == nil:
				wrong := refuted([]int{r.op}, "a read returned %s, which nobody added", v)
				return &wrong
			case e.last == k:
				wrong := refuted([]int{r.op}, "a read returned %s twice", v)
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
			wrong := refuted([]int{before.op, r.op}, "of two reads, neither returned all that the other one did")
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
			e := s.elements[op.In.Value]
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

// refute explains two operations that crossed.
func (s *setReads) refute(ops []history.Op, early, late int) checker.Decision {
	x, y := ops[early], ops[late]
	proof := []int{early, late}
	switch {
	case x.In.F == history.Add && y.In.F == history.Read:
		return refuted(proof, "a read lacks %s, which had been added before it began", x.In.Value)
	case y.In.F == history.Read:
		return refuted(proof, "a read lacks what another one had returned before it began")
	case x.In.F == history.Read:
		return refuted(proof, "a read returned %s before the first add of it began", y.In.Value)
	default:
		witness := s.reads[s.elements[y.In.Value].first].op
		return refuted(append(proof, witness), "a read returned %s but lacks %s, which had been added before %s was",
			y.In.Value, x.In.Value, y.In.Value)
	}
}
