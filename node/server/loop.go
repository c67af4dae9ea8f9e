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
// carries out the effects. While it waits for the disk new inputs queue up, and the next
// round persists them together: that is group commit. It returns nil when ctx ends.
func (s *Server) loop(ctx context.Context) error {
	// Time moves in a fraction of a heartbeat, so that heartbeats are not late.
	interval := min(max(s.cfg.Replica.HeartbeatInterval/4, time.Millisecond), 50*time.Millisecond)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	var inputs []replica.Input
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.cfg.Storage.Failed():
			return diskFailed(err)
		case r := <-s.requests:
			inputs = append(inputs[:0], s.taken(r))
		case r := <-s.frames.queue:
			s.frames.taken(r)
			inputs = append(inputs[:0], r)
		case <-ticker.C:
			inputs = append(inputs[:0], replica.Tick{})
		}
		inputs = s.drain(inputs, ticker.C)
		if err := s.round(inputs); err != nil {
			return diskFailed(err)
		}
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

// round steps the replica through the inputs and then through what becomes of its own
// effects.
func (s *Server) round(inputs []replica.Input) error {
	for len(inputs) > 0 {
		effects := s.replica.Step(s.now(), inputs...)
		s.publish()
		token, err := s.execute(effects)
		if err != nil {
			return err
		}
		inputs = inputs[:0]
		if token > 0 {
			inputs = append(inputs, replica.Persisted{Token: token})
		}
	}
	return s.writeChanges()
}

// execute carries out effects in their order and returns the token of the last one that
// is durable now, 0 if there was nothing to persist.
func (s *Server) execute(effects []replica.Effect) (token uint64, err error) {
	for _, e := range effects {
		switch e := e.(type) {
		case replica.Send:
			s.peers.Send(e.To, e.Data)
		case replica.Persist:
			if err := s.persist(e); err != nil {
				return 0, err
			}
			token = e.Token
		case replica.Apply:
			s.changes = append(s.changes, e.Change)
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
	return token, nil
}

// persist makes all that a step wants durable in one write.
func (s *Server) persist(p replica.Persist) error {
	began := time.Now()
	err := s.cfg.Storage.Persist([]replica.Persist{p})
	s.metrics.persisted(len(p.Entries), time.Since(began))
	return err
}

// writeChanges writes the round's changes of the key-value state together. They need not
// be durable before anyone hears of them, since the log holds what they follow from.
func (s *Server) writeChanges() error {
	if len(s.changes) == 0 {
		return nil
	}
	err := s.cfg.Storage.Apply(s.changes)
	clear(s.changes) // lets go of the values
	s.changes = s.changes[:0]
	return err
}

// publish tells the other goroutines how the replica stands.
func (s *Server) publish() {
	now := s.replica.Status()
	before := s.status.Swap(&now)
	if s.metrics != nil && now.Leader != raft.None && (now.Leader != before.Leader || now.Term != before.Term) {
		s.metrics.leaderChanges.Inc()
	}
}
