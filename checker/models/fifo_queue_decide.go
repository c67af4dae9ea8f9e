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
// A history of a queue is linearizable if and only if it has none of four patterns
// (Henzinger, Sezgin and Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR 2013;
// Bouajjani, Emmi, Enea and Hamza, "On reducing linearizability to state reachability",
// ICALP 2015): an element that comes out without having come in; one that comes out twice;
// two that come in one after the other, of which the second comes out before the first one,
// or without it; and a dequeue that finds nothing while there is always something.
//
// An element that stays counts as one that comes out after all others, unless a dequeue of
// unknown outcome may have taken it in time, see handOut.
func (FIFOQueue) Decide(ops []history.Op) (model.Decision, bool) {
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
		return overtaken(ops, elements, elements[first.op], elements[second.op]), true
	}
	return q.decideEmpties(ops, elements), true
}

// overtaken explains that an element came out before one that had come in earlier. If nothing
// is known to have taken the latter, dequeues of unknown outcome may have, but there are not
// enough of these for it and those that no other one returned and that came in no later.
func overtaken(ops []history.Op, elements []queued, first, second queued) model.Decision {
	a, b := ops[first.enqueue].In.Value, ops[second.enqueue].In.Value
	if first.dequeue != nowhere {
		return refuted(entire(ops, first.enqueue, second.enqueue), "%s was enqueued before %s but dequeued after it", a, b)
	}
	proof := []int{second.enqueue}
	for _, e := range elements {
		if e.dequeue == nowhere && e.entered <= first.entered {
			proof = append(proof, e.enqueue)
		}
	}
	return refuted(entire(ops, proof...), "%s was enqueued before %s but not dequeued before it", a, b)
}
