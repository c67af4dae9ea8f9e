package sim

import (
	"time"

	"senkei/node/raft"
)

// eventKind says what happens. The frequent kinds are not closures, because a run has tens
// of thousands of them.
type eventKind uint8

const (
	onCall   eventKind = iota // do is called
	onTick                    // a server's ticker fires
	onWake                    // a server takes what is in its inbox
	onPacket                  // a message reaches a server
	onDisk                    // a server's disk has finished what it was doing
)

// event is something that will happen to a server, or a call.
type event struct {
	kind   eventKind
	server *server
	life   int // of the server; an event of an earlier life is void, unless it is a packet
	from   *server
	packet packet
	do     func()
}

// packet is a message on its way between servers.
type packet struct {
	data    []byte
	message *raft.Message // what data holds, if it is one of raft's
	traced  int           // its position in the trace, if there is one
}

// queue orders events by their time and, at the same time, by when they were pushed: so
// that no two events can come in either order.
type queue struct {
	heap   []position // a binary heap; its children follow parent i at 2i+1 and 2i+2
	events []event    // beside the heap, so that moving in it stays cheap
	unused []int32    // indices into events that are free
	pushed uint64
}

// position is when an event is due: by time, then by the number of its push.
type position struct {
	at    time.Duration
	nth   uint64 // of all that were pushed
	event int32  // index into events
}

func (p position) before(q position) bool { return p.at < q.at || p.at == q.at && p.nth < q.nth }

func (q *queue) push(at time.Duration, e event) {
	var i int32
	if n := len(q.unused); n > 0 {
		i = q.unused[n-1]
		q.unused = q.unused[:n-1]
		q.events[i] = e
	} else {
		i = int32(len(q.events))
		q.events = append(q.events, e)
	}
	q.pushed++
	q.heap = append(q.heap, position{at: at, nth: q.pushed, event: i})
	q.rise(len(q.heap) - 1)
}

// next returns when the first event is due, and false where there is none.
func (q *queue) next() (time.Duration, bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].at, true
}

// pop takes the first event, which must be there.
func (q *queue) pop() (time.Duration, event) {
	first := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap = q.heap[:last]
	q.sink(0)
	e := q.events[first.event]
	q.events[first.event] = event{} // lets go of what it holds
	q.unused = append(q.unused, first.event)
	return first.at, e
}

func (q *queue) rise(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !q.heap[i].before(q.heap[parent]) {
			return
		}
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}

func (q *queue) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q.heap); child++ {
			if q.heap[child].before(q.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}
