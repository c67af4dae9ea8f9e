package models

import (
	"cmp"
	"slices"

	"senkei/history"
)

// Order returns an order in three steps. A dequeue of unknown outcome stands in it if it was
// handed an element, see handOut.
//
// First, each dequeue that found nothing gets a moment at which no element is in the queue
// for certain. An element that must go after a moment comes after it, and all others come and
// go before it. So the moments part the elements into groups, and each group has its time.
//
// Then the elements of each group are put in line: x before y if the enqueue of x had ended
// before that of y began, or so for their dequeues. Here an enqueue has ended at the latest
// when its element was taken out, and a dequeue begins at the earliest with the enqueue of
// its element; those never taken out go last. Each of the two relations is an interval order:
// if x is before y, and u before v, then x is before v or u before y. Thus a shortest ring of
// both would have two elements, one overtaking the other one, which Decide has ruled out. And
// none of it leads from one group into an earlier one: if x comes and goes after a moment, so
// does what x is before.
//
// Last, each enqueue takes effect as soon as it has begun, its group's time has come and those
// in line before it have; each dequeue does so likewise, and after its enqueue. Nothing that
// it waits for begins after it ended, because of the line.
func (FIFOQueue) Order(ops []history.Op) []int {
	q, _, _ := newQueueStory(ops)
	elements := q.handOut(ops)
	moments := q.emptyMoments(ops, elements)
	stays := make([]stay, len(elements))
	for i, e := range elements {
		stays[i] = newStay(ops, e)
	}
	slices.SortFunc(stays, func(a, b stay) int { return cmp.Compare(a.taken, b.taken) })
	in, out, turn := 0, 0, 0
	for k := range len(q.empties) + 1 {
		group, rest := stays, []stay(nil)
		if k > 0 {
			in = moments[k-1].at
		}
		if k < len(q.empties) {
			n, _ := slices.BinarySearchFunc(stays, moments[k].at/2+1, func(s stay, at int) int { return cmp.Compare(s.taken, at) })
			group, rest = stays[:n], stays[n:]
		}
		for _, i := range inLine(group) {
			s := group[i]
			in, turn = max(in, 2*s.began), turn+1
			moments = append(moments, moment{at: in, kind: comesIn, turn: turn, op: s.enqueue})
			if s.dequeue != nowhere {
				out = max(out, 2*s.taken)
				moments = append(moments, moment{at: out, kind: goesOut, turn: turn, op: s.dequeue})
			}
		}
		stays = rest
	}
	return inTime(moments)
}

// stay is when an element came into a FIFO queue and went out of it.
type stay struct {
	enqueue, dequeue int // positions in the history; nowhere if there was none
	began, entered   int // of the enqueue: where it began, and by when it had taken effect
	taken, gone      int // so of the dequeue
}

func newStay(ops []history.Op, e queued) stay {
	s := stay{enqueue: e.enqueue, dequeue: e.taker(), began: ops[e.enqueue].Invoke, taken: history.Never, gone: history.Never}
	if s.dequeue != nowhere {
		s.taken = max(e.taken, s.began)
		// One of unknown outcome is before those that are never taken out, all the same.
		s.gone = min(endOf(ops[s.dequeue]), history.Never-1)
	}
	s.entered = min(e.entered, s.gone)
	return s
}

// inLine returns the indexes of the elements of a group, which come by taken, in line.
//
// An element is next if no other one that is left must be before it: it began to come before
// any of these had entered, and it may have been taken before any of these was gone. As the
// line grows, both bounds only rise.
func inLine(group []stay) []int32 {
	byBegan := indexesBy(group, func(s stay) int { return s.began })
	byEntered := indexesBy(group, func(s stay) int { return s.entered })
	byGone := indexesBy(group, func(s stay) int { return s.gone })
	line := make([]int32, 0, len(group))
	within := make([]uint8, len(group)) // how many of the two bounds let it be next
	const both = 2
	advance := func(i int32) {
		if within[i]++; within[i] == both {
			line = append(line, i)
		}
	}
	for begun, taken, entered, gone := 0, 0, 0, 0; len(line) < len(group); {
		for within[byEntered[entered]] == both {
			entered++
		}
		for within[byGone[gone]] == both {
			gone++
		}
		before := begun + taken
		for ; begun < len(group) && group[byBegan[begun]].began <= group[byEntered[entered]].entered; begun++ {
			advance(byBegan[begun])
		}
		for ; taken < len(group) && group[taken].taken <= group[byGone[gone]].gone; taken++ {
			advance(int32(taken))
		}
		if begun+taken == before {
			panic("models: elements of a queue that was found legal overtake each other")
		}
	}
	return line
}

// indexesBy returns the indexes of the elements, sorted by a position.
func indexesBy(group []stay, position func(stay) int) []int32 {
	indexes := make([]int32, len(group))
	for i := range indexes {
		indexes[i] = int32(i)
	}
	slices.SortFunc(indexes, func(a, b int32) int { return cmp.Compare(position(group[a]), position(group[b])) })
	return indexes
}
