package models

import (
	"cmp"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// queued is one element of a queue into which no element came twice.
type queued struct {
	enqueue, dequeue int // positions in the history; nowhere if there was none
	lost             int // position of the dequeue of unknown outcome that took it, or nowhere
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
func newQueueStory(ops []history.Op) (q queueStory, wrong *model.Decision, applies bool) {
	out := make(map[history.Value]int, count(ops, history.Dequeue)) // by element: the first dequeue that returned it
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
				d := refuted(entire(ops, first), "%s was dequeued twice", op.Out.Value)
				wrong = &d
			}
		}
	}
	enqueued, applies := q.enter(ops, out)
	if !applies || wrong != nil {
		return q, wrong, applies
	}
	for _, e := range q.elements {
		if e.dequeue != nowhere && ops[e.dequeue].Complete < ops[e.enqueue].Invoke {
			d := refuted(entire(ops, e.enqueue), "%s was dequeued before it was enqueued", ops[e.enqueue].In.Value)
			return q, &d, true
		}
	}
	for i, op := range ops {
		if op.In.F == history.Dequeue && told(op) && op.Out.Value != history.Absent && !enqueued[i] {
			d := refuted(entire(ops, i), "%s was dequeued, which nobody enqueued", op.Out.Value)
			return q, &d, true
		}
	}
	return q, nil, true
}

// enter gathers the elements, given which dequeue returned each. It returns for each dequeue
// whether its element was enqueued.
func (q *queueStory) enter(ops []history.Op, out map[history.Value]int) (enqueued []bool, applies bool) {
	enqueued = make([]bool, len(ops))
	left := map[history.Value]bool{} // the elements that no dequeue returned
	q.elements = make([]queued, 0, count(ops, history.Enqueue))
	for i, op := range ops {
		if op.Outcome == history.Failed || op.In.F != history.Enqueue {
			continue
		}
		e := queued{enqueue: i, dequeue: nowhere, lost: nowhere, entered: endOf(op), taken: history.Never}
		d, returned := out[op.In.Value]
		switch {
		case returned && enqueued[d], left[op.In.Value] && told(op):
			return nil, false
		case returned:
			e.dequeue, e.taken, enqueued[d] = d, ops[d].Invoke, true
		case told(op):
			left[op.In.Value] = true
		default:
			continue
		}
		q.elements = append(q.elements, e)
	}
	return enqueued, true
}

// entire returns the positions of some operations, with all others on the same elements, and
// with the dequeues of unknown outcome that may not be left out.
func entire(ops []history.Op, some ...int) []int {
	proof := slices.Clone(some)
	returned := map[history.Value]bool{} // by element: whether a dequeue returned it
	last := nowhere                      // end of a dequeue that stays
	for _, i := range some {
		switch op := ops[i]; {
		case op.In.F == history.Enqueue:
			returned[op.In.Value] = false
		case op.Out.Value != history.Absent:
			returned[op.Out.Value] = false
		default:
			last = max(last, op.Complete)
		}
	}
	for i, op := range ops {
		v := op.In.Value
		if op.In.F == history.Dequeue {
			v = op.Out.Value
		}
		if _, stays := returned[v]; !stays || op.Outcome == history.Failed {
			continue
		}
		proof = append(proof, i)
		if op.In.F == history.Dequeue {
			returned[v], last = true, max(last, op.Complete)
		}
	}
	for _, back := range returned {
		if !back {
			return append(proof, lostBefore(ops, last)...)
		}
	}
	return proof
}

// lostBefore returns the dequeues of unknown outcome that began before a position.
func lostBefore(ops []history.Op, position int) []int {
	var lost []int
	for i, op := range ops {
		if op.Invoke < position && op.In.F == history.Dequeue && op.Outcome == history.Unknown {
			lost = append(lost, i)
		}
	}
	return lost
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
		left[k].lost, left[k].taken = q.lost[k], ops[q.lost[k]].Invoke
	}
	return elements
}

// lostBy reports whether a dequeue of unknown outcome may have taken something by then.
func (q queueStory) lostBy(ops []history.Op, position int) bool {
	return len(q.lost) > 0 && ops[q.lost[0]].Invoke < position
}

// decideEmpties looks for a dequeue that found nothing although there was always something
// in the queue while it ran, if the elements are handed out like this.
func (q queueStory) decideEmpties(ops []history.Op, elements []queued) model.Decision {
	held := heldOf(elements)
	spans := joined(held)
	for _, i := range q.empties {
		if ops[i].Complete < firstEmpty(spans, ops[i].Invoke) {
			return refuted(q.covering(ops, held, i), "a dequeue returned nothing, but the queue was never empty while it ran")
		}
	}
	return model.Decision{Legal: true}
}

// heldOf returns the elements that were in the queue for certain at some time, by when they
// had entered.
func heldOf(elements []queued) []queued {
	held := slices.DeleteFunc(slices.Clone(elements), func(e queued) bool { return e.taken < e.entered })
	slices.SortFunc(held, func(a, b queued) int { return cmp.Compare(a.entered, b.entered) })
	return held
}

// span is a time in which something was in the queue for certain: after from, before to.
type span struct{ from, to int }

// joined returns the times in which any of held was in the queue, in their order.
func joined(held []queued) []span {
	spans := make([]span, 0, len(held))
	for _, e := range held {
		if last := len(spans) - 1; last >= 0 && e.entered < spans[last].to {
			spans[last].to = max(spans[last].to, e.taken)
		} else {
			spans = append(spans, span{e.entered, e.taken})
		}
	}
	return spans
}

// firstEmpty returns the first position from which, or right after which, the queue may have
// been empty.
func firstEmpty(spans []span, from int) int {
	after, _ := slices.BinarySearchFunc(spans, from, func(s span, at int) int { return cmp.Compare(s.from, at) })
	if after > 0 {
		return max(from, spans[after-1].to)
	}
	return from
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
		if best.dequeue == nowhere && q.lostBy(ops, ops[empty].Complete) {
			return nil
		}
	}
	return entire(ops, proof...)
}
