package transport

import "sync"

const (
	maxQueuedFrames = 4096
	maxQueuedBytes  = 2 * MaxFrameBytes
)

// queue holds the frames that wait for one peer, bounded by number and size.
type queue struct {
	ready chan struct{} // holds a token after a push

	mu     sync.Mutex
	frames [][]byte
	bytes  int
}

func newQueue() queue { return queue{ready: make(chan struct{}, 1)} }

// push adds a frame, or returns false if it does not fit.
func (q *queue) push(frame []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(frame) > MaxFrameBytes || len(q.frames) >= maxQueuedFrames || q.bytes+len(frame) > maxQueuedBytes {
		return false
	}
	q.frames = append(q.frames, frame)
	q.bytes += len(frame)
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return true
}

// take empties the queue.
func (q *queue) take() [][]byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	frames := q.frames
	q.frames, q.bytes = nil, 0
	return frames
}
