package server

import (
	"context"
	"fmt"
	"time"

	"senkei/node/raft"
	"senkei/node/replica"
)

// inputsMax bounds the inputs of one round, and so the size of its disk write.
const inputsMax = 1024

// loop owns the replica. In every round it takes what has arrived, steps the replica and
// carries out the effects; writes it gives to the disk, which says later what is durable.
// It returns nil when ctx ends.
func (s *Server) loop(ctx context.Context) error {
	// Time moves in a fraction of a heartbeat, so that heartbeats are not late.
	interval := min(max(s.cfg.Replica.HeartbeatInterval/4, time.Millisecond), 50*time.Millisecond)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	var inputs []replica.Input
	for {
		inputs = inputs[:0]
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.cfg.Storage.Failed():
			return diskFailed(err)
		case err := <-s.disk.failed:
			return diskFailed(err)
		case token := <-s.disk.durable:
			inputs = append(inputs, replica.Persisted{Token: token})
		case r := <-s.requests:
			inputs = append(inputs, s.taken(r))
		case r := <-s.frames.queue:
			s.frames.taken(r)
			inputs = append(inputs, r)
		case <-ticker.C:
			inputs = append(inputs, replica.Tick{})
		}
		inputs = s.drain(inputs, ticker.C)
		s.execute(s.replica.Step(s.now(), inputs...))
		s.publish()
		clear(inputs) // lets go of what they hold
	}
}

func diskFailed(err error) error {
	return fmt.Errorf("disk failed: %w; stopping so as not to serve from a state that may be lost", err)
}

// drain adds what else has arrived, without waiting.
func (s *Server) drain(inputs []replica.Input, ticks <-chan time.Time) []replica.Input {
	for len(inputs) < inputsMax {
		select {
		case r := <-s.requests:
			inputs = append(inputs, s.taken(r))
		case r := <-s.frames.queue:
			s.frames.taken(r)
			inputs = append(inputs, r)
		case token := <-s.disk.durable:
			inputs = append(inputs, replica.Persisted{Token: token})
		case <-ticks:
			inputs = append(inputs, replica.Tick{})
		default:
			return inputs
		}
	}
	return inputs
}

// taken numbers a client's request and remembers who waits for the reply.
func (s *Server) taken(r request) replica.Request {
	s.lastID++
	r.ID = s.lastID
	s.waiting[r.ID] = r.answer
	return r.Request
}

// execute carries out effects in their order.
func (s *Server) execute(effects []replica.Effect) {
	writes := s.writes[:0]
	for _, e := range effects {
		switch e := e.(type) {
		case replica.Send:
			s.peers.Send(e.To, e.Data)
		case replica.Persist, replica.Stage, replica.Compact, replica.Apply:
			writes = append(writes, e)
		case replica.Reply:
			answer, open := s.waiting[e.ID]
			if !open {
				panic(fmt.Sprintf("server: a second reply to request %d", e.ID))
			}
			answer <- e
			delete(s.waiting, e.ID)
		case replica.Note:
			s.log.Info(e.Message, e.Attrs...)
		default:
			panic(fmt.Sprintf("server: effect %T", e))
		}
	}
	if len(writes) > 0 {
		s.disk.write(writes...)
	}
	clear(writes)
	s.writes = writes
}

// publish tells the other goroutines how the replica stands, and the transport whom there
// is to talk to.
func (s *Server) publish() {
	now := s.replica.Status()
	now.Peers = s.replica.Peers()
	before := s.status.Swap(&now)
	if now.ConfigurationIndex != before.ConfigurationIndex || now.FirstIndex != before.FirstIndex {
		s.introduce()
	}
	if now.Leader != raft.None && (now.Leader != before.Leader || now.Term != before.Term) {
		s.metrics.leaderChanges.Inc()
	}
	s.trace.changed(*before, now)
}

// introduce tells the transport where the other servers are. What the operator said of an
// address wins over the configuration, which is the same for all.
func (s *Server) introduce() {
	addrs := map[raft.ID]string{}
	for _, server := range s.replica.Servers().Servers {
		addrs[server.ID] = server.Addr
		if addr, known := s.cfg.PeerAddrs[server.ID]; known {
			addrs[server.ID] = addr
		}
	}
	s.peers.SetPeers(addrs)
}
