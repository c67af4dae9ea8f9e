package models

import "senkei/history"

// Order returns the order in which each element that was in the queue for certain comes as
// late and goes as early as it can; each other one is taken at once, as soon as both its
// operations have begun. Then only the former are there at the moments that are found for the
// dequeues that returned nothing, and those are chosen between them. A dequeue of unknown
// outcome stands in the order if it was handed an element, see handOut.
func (UnorderedQueue) Order(ops []history.Op) []int {
	q, _, _ := newQueueStory(ops)
	elements := q.handOut(ops)
	moments := q.emptyMoments(ops, elements)
	for _, e := range elements {
		in, out := e.entered, e.taken
		if out < in {
			out = max(ops[e.enqueue].Invoke, e.taken)
			in = out
		}
		moments = append(moments, moment{at: 2 * in, kind: comesIn, op: e.enqueue})
		if taker := e.taker(); taker != nowhere {
			moments = append(moments, moment{at: 2 * out, kind: goesOut, op: taker})
		}
	}
	return inTime(moments)
}
