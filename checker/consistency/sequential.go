package consistency

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"senkei/checker"
	"senkei/history"
)

// sequential judges sequential consistency (Lamport, "How to make a multiprocessor computer
// that correctly executes multiprocess programs", 1979): all operations can be put into one
// order that explains every result and keeps the order of each process. What breaks the
// causal model, or the order of a single key, breaks it too; else a search decides.
func (r *record) sequential(ctx context.Context, causal Verdict, memoryBytes int64) Verdict {
	verdict := Verdict{Model: Sequential}
	if causal.Status == checker.Invalid {
		verdict.Status, verdict.Reason, verdict.Ops = checker.Invalid, causal.Reason, causal.Ops
		return verdict
	}
	if causal.Status == checker.Valid { // so each read's write is known, and none precedes itself
		chain := r.chains()
		for _, keyed := range r.byKey() {
			if broken, ok := r.incoherent(keyed, chain); ok {
				return broken
			}
		}
		if r.keys == 1 {
			verdict.Status = checker.Valid
			return verdict
		}
	}
	s := newSearch(ctx, r, memoryBytes)
	switch s.run() {
	case found:
		verdict.Status = checker.Valid
	case exhausted:
		verdict.Status = checker.Invalid
		verdict.Reason, verdict.Ops = s.explain()
	case outOfTime:
		verdict.Reason = s.undecided("the time given ended")
	case outOfSteps:
		verdict.Reason = s.undecided("its bounds were reached")
	}
	return verdict
}

// undecided says how far the search came until something stopped it.
func (s *search) undecided(why string) string {
	return history.Sentence(fmt.Sprintf("to find one order of operations on %d keys can take exponential time, and %s; the longest order found explains %d of %d operations",
		s.keys, why, s.deepest, len(s.accesses)))
}

// explain says why the longest order of an exhausted search goes no further.
func (s *search) explain() (string, []history.Op) {
	var parts []string
	var accesses []int
	for _, w := range s.waits() {
		part := s.process(w.head) + " " + s.did(w.head)
		if w.until == untold {
			part += ", which fits nowhere any more"
		} else {
			part += " only after " + s.process(w.until) + " " + s.did(w.until)
		}
		parts = append(parts, part)
		accesses = append(accesses, w.head, w.until)
	}
	return history.Sentence(fmt.Sprintf("no order of all operations keeps that of each process; the longest, of %d operations, ends where %s",
		s.deepest, strings.Join(parts, ", and "))), s.ops(accesses...)
}

// byKey returns the accesses of each key.
func (r *record) byKey() [][]int {
	keyed := make([][]int, r.keys)
	for i, a := range r.accesses {
		keyed[a.key] = append(keyed[a.key], i)
	}
	return keyed
}

// chains returns for each access the write, or initial, that begins its chain: a write, the
// reads of it and the compare-and-sets that follow on it. The causal order must be sound.
func (r *record) chains() []int {
	chain := slices.Repeat([]int{untold}, len(r.accesses))
	var way []int
	for i := range r.accesses {
		at := i
		for at != initial && chain[at] == untold && r.accesses[at].reads {
			way = append(way, at)
			at = r.accesses[at].from
		}
		begin := at
		if at != initial && chain[at] != untold {
			begin = chain[at]
		}
		for _, j := range append(way, i) {
			chain[j] = begin
		}
		way = way[:0]
	}
	return chain
}

// incoherent judges the accesses of one key whose values are unique and whose causal order is
// sound: what is in one chain stands together in every order, so an order exists if and only
// if the sessions agree how to order the chains. That the check of one key is polynomial where
// each read's write is known is due to Gibbons and Korach, "Testing shared memories", 1997.
func (r *record) incoherent(accesses, chain []int) (Verdict, bool) {
	steps := make([]step, 0, len(accesses))
	last := map[int]int{}    // session -> its last access
	swapped := map[int]int{} // write, or initial -> the compare-and-set that replaced it
	for _, i := range accesses {
		a := &r.accesses[i]
		if a.reads && a.stores {
			if other, twice := swapped[a.from]; twice {
				return r.broken(Sequential, fmt.Sprintf("%s %s and %s %s, but only one of them can have found it", r.process(other), r.saw(other), r.process(i), r.saw(i)), other, i), true
			}
			swapped[a.from] = i
		}
		if before, ok := last[a.session]; ok && chain[before] != chain[i] {
			if chain[i] == initial {
				return r.broken(Sequential, fmt.Sprintf("%s %s and then %s, but what it saw last comes before every other write, because it follows on the empty key", r.process(i), r.did(before), r.did(i)), before, i), true
			}
			steps = append(steps, step{chain[before], chain[i], before, i})
		}
		last[a.session] = i
	}
	circle := shortCircle(steps)
	if circle == nil {
		return Verdict{}, false
	}
	var parts []string
	var ops []int
	for _, s := range circle {
		parts = append(parts, fmt.Sprintf("%s %s and then %s", r.process(s.first), r.did(s.first), r.did(s.second)))
		ops = append(ops, s.first, s.second)
	}
	return r.broken(Sequential, strings.Join(parts, ", but ")+", which no single order has", ops...), true
}

// did is access i in words.
func (r *record) did(i int) string {
	if r.accesses[i].reads {
		return r.saw(i)
	}
	return r.wrote(i)
}
