package models

import (
	"senkei/checker"
	"senkei/history"
)

var _ checker.Orderer = FIFOQueue{}

// Decide applies if nothing was enqueued twice, where enqueues of unknown outcome count only if
// their element came out, and if there is no drain. It takes O(n log n).
//
// Left out may be every dequeue that found nothing, and an element with all of its operations.
// So may a dequeue of unknown outcome, if each element that stays was returned by a dequeue
// that stays, or if it began after every dequeue of known outcome that stays had ended. (What
// it took is left out as well, or is in nobody's way.)
//
// A history of a queue is linearizable if and only if it has none of four patterns
// (Henzinger, Sezgin and Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR 2013;
// Bouajjani, Emmi, Enea and Hamza, "On reducing linearizability to state reachability",
// ICALP 2015): an element that comes out without having come in; one that comes out twice;
// two that come in one after the other, of which the second comes out before the first one,
// or without it; and a dequeue that finds nothing while there is always something.
//
// An element that stays counts as one that comes out after all others, unless a dequeue of
// unknown outcome may have taken it in time, see handOut.
func (FIFOQueue) Decide(ops []history.Op) (checker.Decision, bool) {
	q, wrong, applies := newQueueStory(ops)
	if !applies || wrong != nil {
		return verdictOf(wrong), applies
	}
	elements := q.handOut(ops)
	some := make([]ranked, len(elements))
	for i, e := range elements {
		some[i] = ranked{op: i, invoke: ops[e.enqueue].Invoke, complete: e.entered, least: e.taken, most: anyRank}
		if e.dequeue != nowhere {
			some[i].most = ops[e.dequeue].Complete
		}
	}
	if first, second, found := crossed(some); found {
		return q.overtaken(ops, q.elements[first.op], q.elements[second.op]), true
	}
	return q.decideEmpties(ops, elements), true
}

// overtaken explains that an element came out before one that had come in earlier.
func (q queueStory) overtaken(ops []history.Op, first, second queued) checker.Decision {
	a, b := ops[first.enqueue].In.Value, ops[second.enqueue].In.Value
	proof := entire(ops, first.enqueue, second.enqueue)
	if first.dequeue != nowhere {
		return refuted(proof, "%s was enqueued before %s but dequeued after it", a, b)
	}
	if q.lostBy(ops, ops[second.dequeue].Complete) {
		proof = nil // such a dequeue may have taken it, but there are not enough of them
	}
	return refuted(proof, "%s was enqueued before %s but not dequeued before it", a, b)
}
