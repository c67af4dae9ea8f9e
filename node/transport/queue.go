package transport

import (
	"context"
	"sync"

	"senkei/node/limits"
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
	if len(frame) > limits.FrameBytesMax || len(q.frames) >= limits.QueuedFramesMax || q.bytes+len(frame) > limits.QueuedBytesMax {
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

// await returns once the queue is not empty, or false if ctx ends before.
func (q *queue) await(ctx context.Context) bool {
	for q.empty() {
		select {
		case <-q.ready:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.frames) == 0
}
