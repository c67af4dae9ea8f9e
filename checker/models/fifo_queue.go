package models

import (
	"fmt"

	"senkei/checker/model"
	"senkei/history"
)

// FIFOQueue gives its elements back in the order in which they came. It begins empty. A
// dequeue that returns nothing found it empty. A drain takes all elements at one moment;
// a client that drains by dequeuing again and again must have recorded the dequeues.
//
// An operation costs what a dict's put or remove does.
type FIFOQueue struct{}

var (
	_ model.Hinter[FIFOQueueState]  = FIFOQueue{}
	_ model.Decider[FIFOQueueState] = FIFOQueue{}
)

// FIFOQueueState holds the elements by the number of their enqueue.
type FIFOQueueState struct {
	elements   dict
	head, tail int64 // of the oldest element, and of the one to come
}

// String returns the elements, the oldest one first, such as "[1, 2]".
func (s FIFOQueueState) String() string {
	var items []history.Value
	for n := s.head; n < s.tail; n++ {
		items = append(items, s.at(n))
	}
	return enumerate("[", items, "]")
}

func (s FIFOQueueState) at(n int64) history.Value {
	v, _ := s.elements.get(history.Int(n))
	return v
}

func (s FIFOQueueState) pop() FIFOQueueState {
	if s.head == s.tail {
		return s
	}
	s.elements = s.elements.remove(history.Int(s.head))
	s.head++
	return s
}

// ID returns "fifo-queue".
func (FIFOQueue) ID() string { return "fifo-queue" }

// Name returns "FIFO queue".
func (FIFOQueue) Name() string { return "FIFO queue" }

// Admit knows enqueue, dequeue and drain.
func (FIFOQueue) Admit(in history.Input) error {
	return only(in, history.Enqueue, history.Dequeue, history.Drain)
}

// Hints returns what is known of its operations.
func (m FIFOQueue) Hints() model.Hints[FIFOQueueState] {
	return model.Hints[FIFOQueueState]{Kind: m.kind, StateBytes: m.stateBytes, Removable: marking(foundEmpty)}
}

// Init returns the empty queue.
func (FIFOQueue) Init() FIFOQueueState { return FIFOQueueState{} }

// Step applies op. Of unknown outcome, a dequeue takes the oldest element if there is one.
func (FIFOQueue) Step(s FIFOQueueState, op history.Op) (next FIFOQueueState, ok bool) {
	switch op.In.F {
	case history.Enqueue:
		s.elements = s.elements.put(history.Int(s.tail), op.In.Value)
		s.tail++
		return s, true
	case history.Dequeue:
		// Nothing is never an element, so it stands for the empty queue.
		return s.pop(), !told(op) || op.Out.Value == s.at(s.head)
	case history.Drain:
		return FIFOQueueState{head: s.tail, tail: s.tail}, !told(op) || s.equals(op.Out.Value)
	default:
		foreign("FIFO queue", op.In)
		return s, false
	}
}

// equals reports whether the list holds the elements in their order. A drain may say
// nothing of the empty queue.
func (s FIFOQueueState) equals(list history.Value) bool {
	n := s.head
	for v := range list.Elements() {
		if n == s.tail || v != s.at(n) {
			return false
		}
		n++
	}
	return n == s.tail && (list.IsList() || list == history.Absent)
}

// Why says what the queue held.
func (FIFOQueue) Why(s FIFOQueueState, op history.Op) string {
	switch {
	case op.In.F == history.Drain:
		return fmt.Sprintf("it returned %s but the queue held %s", op.Out.Value, s)
	case s.head == s.tail:
		return fmt.Sprintf("it returned %s but the queue was empty", op.Out.Value)
	default:
		return fmt.Sprintf("it returned %s but the oldest element was %s", op.Out.Value, s.at(s.head))
	}
}

// foundEmpty reports whether op is a dequeue that found its queue empty, which changes nothing.
// What may be gone from an unordered one by then may just as well go later.
func foundEmpty(op *history.Op) bool {
	return op.In.F == history.Dequeue && told(*op) && op.Out.Value == history.Absent
}

// kind knows dequeues that found the queue empty.
func (FIFOQueue) kind(op *history.Op) model.Kind {
	if foundEmpty(op) {
		return model.Finds
	}
	return model.Transforms
}

// stateBytes counts what a change makes anew.
func (FIFOQueue) stateBytes(s FIFOQueueState) int { return s.elements.bytes() }
