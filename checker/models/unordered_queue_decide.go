package models

import (
	"senkei/checker"
	"senkei/history"
)

var _ checker.Decider = UnorderedQueue{}

// Decide applies if nothing was enqueued twice and there is no drain. It takes O(n log n).
// The elements of which no operation belongs to the proof may be taken to have never been,
// and of the dequeues that found nothing all others; dequeues of unknown outcome stay.
//
// Elements do not touch each other, but for the dequeues that found nothing. An element is
// in the queue for certain from the end of its enqueue to the beginning of its dequeue. A
// dequeue can have found nothing if and only if these times do not cover all of its own: at
// the moment that is left, every element can have gone already, or be still to come. (Lee
// and Mathur, "Efficient decrease-and-conquer linearizability monitoring", OOPSLA 2025,
// reach the same bound in another way.)
//
// Elements that no dequeue returned go to those of unknown outcome, see handOut.
func (UnorderedQueue) Decide(ops []history.Op) (checker.Decision, bool) {
	q, wrong, applies := newQueueStory(ops)
	if !applies || wrong != nil {
		return verdictOf(wrong), applies
	}
	return q.decideEmpties(ops, q.handOut(ops)), true
}
