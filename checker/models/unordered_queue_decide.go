package models

import (
	"senkei/checker/model"
	"senkei/history"
)

// Decide applies if nothing was enqueued twice, where enqueues of unknown outcome count only if
// their element came out, and if there is no drain. It takes O(n log n).
//
// Left out may be every dequeue that found nothing, and an element with all of its operations.
// So may a dequeue of unknown outcome, if each element that stays was returned by a dequeue
// that stays, or if it began after every dequeue of known outcome that stays had ended. (What
// it took is left out as well, or is in nobody's way.)
//
// Elements do not touch each other, but for the dequeues that found nothing. An element is
// in the queue for certain from the end of its enqueue to the beginning of its dequeue. A
// dequeue can have found nothing if and only if these times do not cover all of its own: at
// the moment that is left, every element can have gone already, or be still to come. (Lee
// and Mathur, "Efficient decrease-and-conquer linearizability monitoring", OOPSLA 2025,
// reach the same bound in another way.)
//
// Elements that no dequeue returned go to those of unknown outcome, see handOut.
func (UnorderedQueue) Decide(ops []history.Op) (model.Decision, bool) {
	q, wrong, applies := newQueueStory(ops)
	if !applies || wrong != nil {
		return verdictOf(wrong), applies
	}
	return q.decideEmpties(ops, q.handOut(ops)), true
}
