package sim

import (
	"fmt"
	"time"

	"senkei/history"
	"senkei/node/raft"
	"senkei/node/replica"
)

// inboxMax bounds what waits for a server, as limits.ReceivedFramesMax does for a real one.
const inboxMax = 4096

// slot is a node as clients and faults name it. A server occupies it; where that is
// replaced, another.
type slot struct {
	number int
	node   history.NodeID
	server *server
}

// server is one member of the cluster, over all its lives.
type server struct {
	number int // over all servers that ever were
	id     raft.ID
	slot   *slot
	disk   *disk
	clock  clock
	links  []*link // to other servers, by number
	life   int     // counts starts and stops

	replica *replica.Replica // nil while it is down
	status  replica.Status   // after its latest step
	paused  bool
	wiped   bool // it is gone for good, with its disk

	inbox     []replica.Input
	spare     []replica.Input // the inbox before
	woken     bool            // a wake event is on its way
	busyUntil time.Duration
	steps     uint64

	lastID  uint64                         // of the requests in this life
	waiting map[uint64]func(replica.Reply) // takes the reply, by ID of the request
}

// start begins a life with what the disk holds.
func (w *World) start(s *server) error {
	found, err := s.disk.memory.Load()
	if err != nil {
		w.trace.moment(w.now, s, "note", fmt.Sprintf("refuses to start: %v", err))
		return err
	}
	s.life++
	cfg := w.opts.Replica
	cfg.ID = s.id
	cfg.Seed = draw(w.seed, drawReplica, uint64(s.number), uint64(s.life), 0)
	cfg.Marks = w.opts.Marks
	r, err := replica.New(cfg, found, s.clock.at(w.now))
	if err != nil {
		return err
	}
	s.replica, s.status = r, r.Status()
	s.inbox, s.woken, s.busyUntil = s.inbox[:0], false, w.now
	s.lastID, s.waiting = 0, map[uint64]func(replica.Reply){}
	w.trace.moment(w.now, s, "restart", "starts")
	w.ledger.Started(s.id, found, s.disk.memory)
	d := dice(draw(w.seed, drawTick, uint64(s.number), uint64(s.life), 0))
	w.queue.push(w.now+d.between(0, w.opts.Tick), event{kind: onTick, server: s, life: s.life})
	return nil
}

// crash ends a life. Where the power goes, so does what was not synced. What became of the open
// requests is unknown.
func (w *World) crash(s *server, power bool) {
	if s.replica == nil {
		if power {
			s.disk.crash(true)
		}
		return
	}
	s.life++
	s.replica, s.paused = nil, false
	s.disk.crash(power)
	w.ledger.Stopped(s.id)
	ended := s.waiting
	s.waiting = nil
	for id := uint64(1); id <= s.lastID; id++ {
		if reply, open := ended[id]; open {
			reply(replica.Reply{Err: &replica.Error{Code: reset}})
		}
	}
}

// tick lets a server see that time has passed, and does so again and again.
func (w *World) tick(s *server) {
	w.queue.push(w.now+s.clock.lasts(w.opts.Tick), event{kind: onTick, server: s, life: s.life})
	if s.paused {
		return
	}
	w.enter(s, replica.Tick{})
}

// enter puts an input into a server's inbox. The server takes all that is there once it has
// done with what came before.
func (w *World) enter(s *server, in replica.Input) {
	s.inbox = append(s.inbox, in)
	w.wake(s)
}

func (w *World) wake(s *server) {
	if s.woken || s.paused || len(s.inbox) == 0 {
		return
	}
	s.woken = true
	if s.busyUntil > w.now {
		w.queue.push(s.busyUntil, event{kind: onWake, server: s, life: s.life})
		return
	}
	w.ready = append(w.ready, s)
}

// stepReady lets the servers step that have something in their inbox and are not busy. It
// comes after each event, so that what arrives at one moment with one event is one step.
func (w *World) stepReady() {
	for i := 0; i < len(w.ready); i++ { // a step may make others ready
		if s := w.ready[i]; s.replica != nil && s.woken {
			w.step(s)
			w.judge()
		}
	}
	w.ready = w.ready[:0]
}

// step lets a server handle its inbox and carries out what it wants.
func (w *World) step(s *server) {
	s.woken = false
	if s.paused {
		return
	}
	inputs := s.inbox
	s.inbox, s.spare = s.spare[:0], inputs
	w.current = s
	effects := s.replica.Step(s.clock.at(w.now), inputs...)
	clear(inputs)
	role, commit := s.status.Role, s.status.Commit
	s.status = s.replica.Status()
	w.ledger.Stepped(s.id, effects, s.status)
	w.current = nil
	w.trace.stepped(w.now, s, role, commit, effects)
	if s.status.Role == raft.Leader && s.status.Term > w.term {
		w.term = s.status.Term
		if w.opts.Elected != nil {
			w.opts.Elected(s.slot.node, s.status.Term)
		}
	}
	s.steps++
	if w.opts.WorkMax > 0 {
		d := dice(draw(w.seed, drawWork, uint64(s.number), 0, s.steps))
		s.busyUntil = w.now + d.between(0, w.opts.WorkMax)
	}
	life := s.life
	for _, e := range effects {
		w.execute(s, e)
	}
	if s.life == life {
		s.disk.proceed()
	}
}

func (w *World) execute(s *server, e replica.Effect) {
	switch e := e.(type) {
	case replica.Send:
		if to := w.byID[e.To]; to != nil {
			w.network.send(s, to, e)
		}
	case replica.Persist, replica.Stage, replica.Compact, replica.Apply:
		s.disk.write(e)
	case replica.Reply:
		reply, open := s.waiting[e.ID]
		if !open {
			w.fail("one reply a request", s.id, fmt.Sprintf("a second reply to request %d", e.ID))
			return
		}
		delete(s.waiting, e.ID)
		reply(e)
	case replica.Note:
	default:
		panic(fmt.Sprintf("sim: effect %T", e))
	}
}

// request hands a request to a server that is up, which numbers it.
func (w *World) request(s *server, r replica.Request, floor uint64, reply func(replica.Reply)) {
	s.lastID++
	r.ID = s.lastID
	s.waiting[r.ID] = reply
	w.ledger.Requested(s.id, r, floor)
	w.enter(s, r)
}
