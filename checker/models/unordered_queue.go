package models

import (
	"fmt"

	"senkei/checker/model"
	"senkei/history"
)

// UnorderedQueue gives its elements back in any order, each as often as it came. It begins
// empty. A dequeue that returns nothing found it empty, and a drain takes all elements at
// one moment.
//
// A dequeue of unknown outcome takes an element that nobody saw. It may take effect at any
// later time, so the model does not guess which one and when: it remembers that one more
// element may be missing, and uses that up where the queue was seen to hold less.
//
// An operation costs what a dict's put or remove does.
type UnorderedQueue struct{}

var (
	_ model.Hinter[UnorderedQueueState]  = UnorderedQueue{}
	_ model.Decider[UnorderedQueueState] = UnorderedQueue{}
)

// UnorderedQueueState holds how often each element is there.
type UnorderedQueueState struct {
	counts  dict
	size    int64 // the sum of the counts
	missing int64 // how many elements dequeues of unknown outcome may have taken
}

// String returns the elements, such as "{1, 2, 2}", and how many of them may be gone.
func (s UnorderedQueueState) String() string {
	var items []history.Value
	for _, v := range s.counts.keys() {
		for range s.count(v) {
			items = append(items, v)
		}
	}
	text := enumerate("{", items, "}")
	if s.missing > 0 {
		text += fmt.Sprintf(" of which %d may be gone", min(s.missing, s.size))
	}
	return text
}

func (s UnorderedQueueState) count(v history.Value) int64 {
	text, _ := s.counts.get(v)
	n, _ := whole(text, 1<<62)
	return n
}

// add changes the count of v by n.
func (s UnorderedQueueState) add(v history.Value, n int64) UnorderedQueueState {
	s.size += n
	if n += s.count(v); n == 0 {
		s.counts = s.counts.remove(v)
	} else {
		s.counts = s.counts.put(v, history.Int(n))
	}
	return s
}

// ID returns "unordered-queue".
func (UnorderedQueue) ID() string { return "unordered-queue" }

// Name returns "unordered queue".
func (UnorderedQueue) Name() string { return "unordered queue" }

// Admit knows enqueue, dequeue and drain.
func (UnorderedQueue) Admit(in history.Input) error {
	return only(in, history.Enqueue, history.Dequeue, history.Drain)
}

// Hints returns what is known of its operations.
func (m UnorderedQueue) Hints() model.Hints[UnorderedQueueState] {
	return model.Hints[UnorderedQueueState]{StateBytes: m.stateBytes, Removable: marking(foundEmpty)}
}

// Init returns the empty queue.
func (UnorderedQueue) Init() UnorderedQueueState { return UnorderedQueueState{} }

// Step applies op.
func (UnorderedQueue) Step(s UnorderedQueueState, op history.Op) (next UnorderedQueueState, ok bool) {
	switch op.In.F {
	case history.Enqueue:
		return s.add(op.In.Value, 1), true
	case history.Dequeue:
		switch {
		case !told(op):
			s.missing++
			return s, true
		case op.Out.Value == history.Absent:
			return s.empty(s.size)
		case s.count(op.Out.Value) == 0:
			return s, false
		default:
			return s.add(op.Out.Value, -1), true
		}
	case history.Drain:
		if !told(op) {
			return UnorderedQueueState{missing: s.missing}, true
		}
		return s.drain(op.Out.Value)
	default:
		foreign("unordered queue", op.In)
		return s, false
	}
}

// empty takes all elements, if so many can have been missing.
func (s UnorderedQueueState) empty(gone int64) (next UnorderedQueueState, ok bool) {
	return UnorderedQueueState{missing: s.missing - gone}, gone <= s.missing
}

// drain takes the elements of the list, and those that are missing.
func (s UnorderedQueueState) drain(list history.Value) (next UnorderedQueueState, ok bool) {
	rest := s
	for v := range list.Elements() {
		if rest.count(v) == 0 {
			return s, false
		}
		rest = rest.add(v, -1)
	}
	if next, ok = rest.empty(rest.size); !ok || !list.IsList() && list != history.Absent {
		return s, false
	}
	return next, true
}

// Why says what the queue held.
func (UnorderedQueue) Why(s UnorderedQueueState, op history.Op) string {
	if op.In.F == history.Dequeue && op.Out.Value != history.Absent {
		return fmt.Sprintf("it returned %s, which was not in the queue", op.Out.Value)
	}
	return fmt.Sprintf("it returned %s but the queue held %s", op.Out.Value, s)
}

// stateBytes counts what a change makes anew.
func (UnorderedQueue) stateBytes(s UnorderedQueueState) int { return s.counts.bytes() }
