package models

import (
	"cmp"
	"slices"

	"senkei/checker"
	"senkei/history"
)

// queued is one element of a queue into which no element came twice.
type queued struct {
	enqueue, dequeue int // positions in the history; nowhere if there was none
	// entered is when it was in the queue for certain, unless taken out, and taken when
	// it may first have been taken out: the end of the enqueue, the beginning of the
	// dequeue, history.Never if there was none.
	entered, taken int
}

// queueStory is what happened to a queue.
type queueStory struct {
	elements []queued // by the beginning of the enqueue, those only that are known to have come
	empties  []int    // positions of dequeues that found nothing
	// lost holds the positions of dequeues of unknown outcome. Each may have taken an
	// element that no other dequeue returned.
	lost []int
}

// newQueueStory reads ops. applies is false if something was enqueued twice, or if there is a
// drain. Else wrong is set if an element came out twice, or before it came in.
//
// An enqueue of unknown outcome whose element did not come out is left out: if there is a
// legal order, there is one without it, and without the dequeue of unknown outcome that
// may have taken the element there.
func newQueueStory(ops []history.Op) (q queueStory, wrong *checker.Decision, applies bool) {
	out := map[history.Value]int{}
	for i, op := range ops {
		switch {
		case op.Outcome == history.Failed || op.In.F == history.Enqueue:
		case op.In.F != history.Dequeue:
			return q, nil, false
		case !told(op):
			q.lost = append(q.lost, i)
		case op.Out.Value == history.Absent:
			q.empties = append(q.empties, i)
		default:
			if first, again := out[op.Out.Value]; !again {
				out[op.Out.Value] = i
			} else if wrong == nil {
				wrong = twice(ops, first, i)
			}
		}
	}
	in := make(map[history.Value]bool, len(out))
	for i, op := range ops {
		if op.Outcome == history.Failed || op.In.F != history.Enqueue {
			continue
		}
		e := queued{enqueue: i, dequeue: nowhere, entered: endOf(op), taken: history.Never}
		if d, ok := out[op.In.Value]; ok {
			e.dequeue, e.taken = d, ops[d].Invoke
		} else if !told(op) {
			continue
		}
		if in[op.In.Value] {
			return q, nil, false
		}
		in[op.In.Value] = true
		q.elements = append(q.elements, e)
		if e.dequeue != nowhere && ops[e.dequeue].Complete < op.Invoke && wrong == nil {
			d := refuted([]int{i, e.dequeue}, "%s was dequeued before it was enqueued", op.In.Value)
			wrong = &d
		}
	}
	for i, op := range ops {
		if wrong == nil && op.In.F == history.Dequeue && told(op) && op.Out.Value != history.Absent && !in[op.Out.Value] {
			d := refuted([]int{i}, "%s was dequeued, which nobody enqueued", op.Out.Value)
			wrong = &d
		}
	}
	return q, wrong, true
}

// twice explains that two dequeues returned the same.
func twice(ops []history.Op, first, second int) *checker.Decision {
	v := ops[first].Out.Value
	proof := []int{first, second}
	for i, op := range ops {
		if op.In.F == history.Enqueue && op.Outcome != history.Failed && op.In.Value == v {
			proof = append(proof, i)
		}
	}
	d := refuted(proof, "%s was dequeued twice", v)
	return &d
}

// handOut lets the dequeues of unknown outcome take elements that no other one returned: the
// first dequeue takes the element that was in the queue first, and so on.
//
// No other choice is better. If some number of elements must be gone by some moment, so
// many of these dequeues must have begun by then, and then the first ones have. Where an
// element must be gone by a deadline, so must all that were in the queue before it: in a FIFO
// queue because they leave before it, and everywhere if the deadline is a dequeue that finds
// the queue empty.
func (q queueStory) handOut(ops []history.Op) []queued {
	elements := slices.Clone(q.elements)
	var left []*queued
	for i := range elements {
		if elements[i].dequeue == nowhere {
			left = append(left, &elements[i])
		}
	}
	slices.SortFunc(left, func(a, b *queued) int { return cmp.Compare(a.entered, b.entered) })
	for k := range min(len(left), len(q.lost)) {
		left[k].taken = ops[q.lost[k]].Invoke
	}
	return elements
}

// lostBy reports whether a dequeue of unknown outcome may have taken something by then.
func (q queueStory) lostBy(ops []history.Op, position int) bool {
	return len(q.lost) > 0 && ops[q.lost[0]].Invoke < position
}

// decideEmpties looks for a dequeue that found nothing although there was always something
// in the queue while it ran, if the elements are handed out like this.
func (q queueStory) decideEmpties(ops []history.Op, elements []queued) checker.Decision {
	held := slices.DeleteFunc(slices.Clone(elements), func(e queued) bool { return e.taken < e.entered })
	slices.SortFunc(held, func(a, b queued) int { return cmp.Compare(a.entered, b.entered) })
	var spans []queued // held, and joined where they overlap
	for _, e := range held {
		if last := len(spans) - 1; last >= 0 && e.entered < spans[last].taken {
			spans[last].taken = max(spans[last].taken, e.taken)
		} else {
			spans = append(spans, e)
		}
	}
	for _, i := range q.empties {
		after, _ := slices.BinarySearchFunc(spans, ops[i].Invoke, func(e queued, at int) int { return cmp.Compare(e.entered, at) })
		if after > 0 && ops[i].Complete < spans[after-1].taken {
			return refuted(q.covering(ops, held, i), "a dequeue returned nothing, but the queue was never empty while it ran")
		}
	}
	return checker.Decision{Legal: true}
}

// covering returns an operation that found nothing, together with those on as few elements
// as cover its time, one of which is always held; nil if one of these may have been taken
// by a dequeue of unknown outcome, so that the proof counts these.
func (q queueStory) covering(ops []history.Op, held []queued, empty int) []int {
	proof := []int{empty}
	for next, until := 0, ops[empty].Invoke; until < ops[empty].Complete; {
		best := queued{taken: -1}
		for ; next < len(held) && held[next].entered <= until; next++ {
			if held[next].taken > best.taken {
				best = held[next]
			}
		}
		until = best.taken
		proof = append(proof, best.enqueue)
		if best.dequeue != nowhere {
			proof = append(proof, best.dequeue)
		} else if q.lostBy(ops, ops[empty].Complete) {
			return nil
		}
	}
	return proof
}
