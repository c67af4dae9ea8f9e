package server

import (
	"context"
	"sync/atomic"
	"time"

	"senkei/node/api"
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

const (
	// requestsMax bounds the requests of clients that wait for the loop.
	requestsMax = 4096
	// framesMax and frameBytesMax bound the frames of peers that wait for the loop.
	framesMax     = 4096
	frameBytesMax = 64 << 20
)

// request is a client's on its way to the loop.
type request struct {
	replica.Request
	answer chan<- replica.Reply // has room for the reply
}

// Do hands a request to the loop and waits for the reply.
func (s *Server) Do(ctx context.Context, r replica.Request) (kv.Result, *replica.Error) {
	began := time.Now()
	result, failure := s.do(ctx, r)
	s.metrics.answered(r, failure, time.Since(began))
	return result, failure
}

func (s *Server) do(ctx context.Context, r replica.Request) (kv.Result, *replica.Error) {
	select {
	case <-s.ended:
		return kv.Result{}, &replica.Error{Code: api.Stopping, Definite: true}
	default:
	}
	answer := make(chan replica.Reply, 1)
	select {
	case s.requests <- request{r, answer}:
	default:
		return kv.Result{}, &replica.Error{Code: replica.Overloaded, Definite: true}
	}
	select {
	case reply := <-answer:
		return reply.Result, reply.Err
	case <-ctx.Done():
		return kv.Result{}, &replica.Error{Code: replica.Timeout}
	case <-s.ended:
	}
	select {
	case reply := <-answer: // it came just before the end
		return reply.Result, reply.Err
	default:
		return kv.Result{}, &replica.Error{Code: api.Stopping}
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
	if f.bytes.Add(int64(len(frame))) <= frameBytesMax {
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
