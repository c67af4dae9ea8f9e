package ladder

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
func (r *record) sequential(ctx context.Context, causal Rung, memoryBytes int64) Rung {
	rung := Rung{Model: Sequential}
	if causal.Status == checker.Invalid {
		rung.Status, rung.Reason, rung.Ops = checker.Invalid, causal.Reason, causal.Ops
		return rung
	}
	if causal.Status == checker.Valid { // so each read's write is known, and none precedes itself
		chain := r.chains()
		for _, keyed := range r.byKey() {
			if broken, ok := r.incoherent(keyed, chain); ok {
				return broken
			}
		}
		if r.keys == 1 {
			rung.Status = checker.Valid
			return rung
		}
	}
	s := newSearch(ctx, r, memoryBytes)
	switch s.run() {
	case found:
		rung.Status = checker.Valid
	case exhausted:
		rung.Status = checker.Invalid
		rung.Reason, rung.Ops = s.explain()
	case outOfTime:
		rung.Reason = s.undecided("the time given ended")
	case outOfSteps:
		rung.Reason = s.undecided("its bounds were reached")
	}
	return rung
}

// undecided says how far the search came until something stopped it.
func (s *search) undecided(why string) string {
	return history.Sentence(fmt.Sprintf("to find one order of operations on %d keys can take exponential time, and %s; the longest order found explains %d of %d operations",
		s.keys, why, s.deepest, len(s.deeds)))
}

// explain says why the longest order of an exhausted search goes no further.
func (s *search) explain() (string, []history.Op) {
	var parts []string
	var deeds []int
	for _, w := range s.waits() {
		part := s.process(w.head) + " " + s.did(w.head)
		if w.until == untold {
			part += ", which fits nowhere any more"
		} else {
			part += " only after " + s.process(w.until) + " " + s.did(w.until)
		}
		parts = append(parts, part)
		deeds = append(deeds, w.head, w.until)
	}
	return history.Sentence(fmt.Sprintf("no order of all operations keeps that of each process; the longest, of %d operations, ends where %s",
		s.deepest, strings.Join(parts, ", and "))), s.ops(deeds...)
}

// byKey returns the deeds of each key.
func (r *record) byKey() [][]int {
	counts := make([]int, r.keys)
	for _, d := range r.deeds {
		counts[d.key]++
	}
	keyed := make([][]int, r.keys)
	for k, n := range counts {
		keyed[k] = make([]int, 0, n)
	}
	for i, d := range r.deeds {
		keyed[d.key] = append(keyed[d.key], i)
	}
	return keyed
}

// chains returns for each deed the write, or initial, that begins its chain: a write, the
// reads of it and the compare-and-sets that follow on it. The causal order must be sound.
func (r *record) chains() []int {
	chain := slices.Repeat([]int{untold}, len(r.deeds))
	var way []int
	for i := range r.deeds {
		at := i
		for at != initial && chain[at] == untold && r.deeds[at].reads {
			way = append(way, at)
			at = r.deeds[at].from
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

// incoherent judges the deeds of one key whose values are unique and whose causal order is
// sound: what is in one chain stands together in every order, so an order exists if and only
// if the sessions agree how to order the chains. That the check of one key is polynomial where
// each read's write is known is due to Gibbons and Korach, "Testing shared memories", 1997.
func (r *record) incoherent(deeds, chain []int) (Rung, bool) {
	steps := make([]step, 0, len(deeds))
	last := map[int]int{}    // session -> its last deed
	swapped := map[int]int{} // write, or initial -> the compare-and-set that replaced it
	for _, i := range deeds {
		d := &r.deeds[i]
		if d.reads && d.stores {
			if other, twice := swapped[d.from]; twice {
				return Rung{Model: Sequential, Status: checker.Invalid, Ops: r.ops(other, i),
					Reason: history.Sentence(fmt.Sprintf("%s %s and %s %s, but only one of them can have found it", r.process(other), r.saw(other), r.process(i), r.saw(i)))}, true
			}
			swapped[d.from] = i
		}
		if before, ok := last[d.session]; ok && chain[before] != chain[i] {
			if chain[i] == initial {
				return Rung{Model: Sequential, Status: checker.Invalid, Ops: r.ops(before, i),
					Reason: history.Sentence(fmt.Sprintf("%s %s and then %s, but what it saw last comes before every other write, because it follows on the empty key", r.process(i), r.did(before), r.did(i)))}, true
			}
			steps = append(steps, step{chain[before], chain[i], before, i})
		}
		last[d.session] = i
	}
	circle := shortCircle(steps)
	if circle == nil {
		return Rung{}, false
	}
	var parts []string
	var ops []int
	for _, s := range circle {
		parts = append(parts, fmt.Sprintf("%s %s and then %s", r.process(s.first), r.did(s.first), r.did(s.second)))
		ops = append(ops, s.first, s.second)
	}
	return Rung{Model: Sequential, Status: checker.Invalid, Ops: r.ops(ops...),
		Reason: history.Sentence(strings.Join(parts, ", but ") + ", which no single order has")}, true
}

// did is deed i in words.
func (r *record) did(i int) string {
	if r.deeds[i].reads {
		return r.saw(i)
	}
	return r.wrote(i)
}
