package server

import (
	"context"
	"sync/atomic"
	"time"

	"senkei/node/api"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// request is a client's on its way to the loop.
type request struct {
	replica.Request
	answer chan<- replica.Reply // has room for the reply
}

// Do hands a request to the loop and waits for the reply.
func (s *Server) Do(ctx context.Context, r replica.Request) replica.Reply {
	began := time.Now()
	reply := s.do(ctx, r)
	s.metrics.answered(r, reply.Err, time.Since(began))
	return reply
}

func (s *Server) do(ctx context.Context, r replica.Request) replica.Reply {
	select {
	case <-s.ended:
		return replica.Reply{Err: &replica.Error{Code: api.Stopping, Definite: true}}
	default:
	}
	answer := make(chan replica.Reply, 1)
	select {
	case s.requests <- request{r, answer}:
	default:
		return replica.Reply{Err: &replica.Error{Code: replica.Overloaded, Definite: true}}
	}
	select {
	case reply := <-answer:
		return reply
	case <-ctx.Done():
		return replica.Reply{Err: &replica.Error{Code: replica.Timeout}}
	case <-s.ended:
	}
	select {
	case reply := <-answer: // it came just before the end
		return reply
	default:
		return replica.Reply{Err: &replica.Error{Code: api.Stopping}}
	}
}

// frames queues what peers sent. Raft takes lost messages well, so what does not fit is
// dropped.
type frames struct {
	queue   chan replica.Received
	bytes   atomic.Int64
	dropped atomic.Int64
}

func (f *frames) deliver(from raft.ID, frame []byte) {
	if f.bytes.Add(int64(len(frame))) <= limits.ReceivedBytesMax {
		select {
		case f.queue <- replica.Received{From: from, Data: frame}:
			return
		default:
		}
	}
	f.bytes.Add(-int64(len(frame)))
	f.dropped.Add(1)
}

// taken makes room for as much as the loop took from the queue.
func (f *frames) taken(r replica.Received) { f.bytes.Add(-int64(len(r.Data))) }
