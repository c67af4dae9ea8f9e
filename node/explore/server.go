package explore

import (
	"slices"
	"strings"
	"time"

	"senkei/node/raft"
)

// server is one server between two actions, with its disk. It is never changed: an action
// makes another one.
type server struct {
	id      raft.ID
	raft    *raft.Raft
	now     time.Duration // on its own clock, which moves only where an action says so
	durable durable
	writes  []write      // under way, oldest first
	log     []raft.Entry // as written: durable.log, and all writes
	applied []raft.Entry // what the state machine holds
}

// durable is what a crash leaves.
type durable struct {
	hard    raft.HardState
	log     []raft.Entry
	applied int // how much of server.applied
}

// write is one that the disk has not finished.
type write struct {
	hard         *raft.HardState // nil where it did not change
	entries      []raft.Entry
	applied      int      // what was applied before it is durable with it
	afterPersist []uint32 // messages that must not leave before
}

// Whoever lets time pass lets it pass by whole election timeouts: which wait a server has drawn
// at random never matters, and so is no part of its state. Beside that a heartbeat takes no
// time.
const (
	electionTimeout   = time.Hour
	heartbeatInterval = time.Nanosecond
)

// restart begins a life with what is durable.
func (x *explorer) restart(s *server) {
	disk := raft.Disk{Hard: s.durable.hard, Entries: s.durable.log, Applied: uint64(s.durable.applied)}
	disk.Base.Configuration = x.configuration
	if x.deviations.restart != nil {
		x.deviations.restart(&disk)
	}
	r, err := raft.New(raft.Config{
		ID: s.id, ElectionTimeout: electionTimeout, HeartbeatInterval: heartbeatInterval,
		SnapshotMargin: 1 << 40, // no compaction, and so no snapshots
	}, disk, s.now)
	if err != nil {
		panic(err) // the configuration above is wrong
	}
	s.raft, s.writes = r, nil
	s.durable.hard, s.durable.log = disk.Hard, disk.Entries
	s.log, s.applied = s.durable.log, s.applied[:s.durable.applied]
}

// effect is what an action makes of a server.
type effect struct {
	next  *server
	sent  []uint32 // messages
	notes []raft.Note
	// panicked is why the core stopped itself, which checks some of its invariants; empty if
	// it did not.
	panicked string
}

// act takes an action on a server.
func (x *explorer) act(s *server, in input) (e effect) {
	next := *s
	next.raft = s.raft.Clone()
	e.next = &next
	defer func() {
		if p := recover(); p != nil {
			text, ok := p.(string)
			if !ok || !strings.HasPrefix(text, "raft: ") {
				panic(p)
			}
			e.panicked = text
		}
	}()
	switch in.kind {
	case timeOut:
		x.timeOut(&next)
	case heartbeat:
		next.wait(heartbeatInterval)
	case propose:
		_, _, _ = next.raft.Propose([]byte{byte('0' + in.argument)}) // only leaders are asked
	case crash:
		x.restart(&next)
	case finish:
		x.finish(&e)
	case deliver:
		if in.late {
			next.wait(electionTimeout)
		}
		m := x.messages.items[in.argument]
		if x.deviations.deliver != nil {
			m = x.deviations.deliver(s, m)
		}
		next.raft.Step(m)
	}
	x.settle(&e)
	for in.prompt && len(next.writes) > 0 {
		x.finish(&e)
		x.settle(&e)
	}
	return e
}

// wait lets a server notice that time has passed. It is never its disk that it waited for: a
// leader whose disk stalls steps down as one without followers does.
func (s *server) wait(d time.Duration) {
	s.now += d
	s.raft.Persisted(0, 0, nil)
	s.raft.Tick(s.now)
}

// timeOut lets a server wait for a leader in vain until it campaigns; a leader first finds
// that nobody follows it.
//
// Without Options.PreVotes it is told at once that it would win. All that a pre-vote does is to
// keep servers from campaigning (thesis §9.6), so that every election of a real cluster is
// there, two actions earlier, and more of them; but nobody learns of a term from a refusal.
func (x *explorer) timeOut(s *server) {
	if s.raft.Role() == raft.Leader {
		s.wait(electionTimeout)
	}
	s.wait(2 * electionTimeout)
	for _, id := range x.names {
		if !x.options.PreVotes && id != s.id && s.raft.Role() == raft.PreCandidate {
			s.raft.Step(raft.Message{Type: raft.PreVoteReply, From: id, To: s.id, Term: s.raft.Term() + 1})
		}
	}
}

// settle does what has come up, as raft.Ready asks for it. Writes stay under way.
func (x *explorer) settle(e *effect) {
	s, rd := e.next, e.next.raft.Ready()
	if x.deviations.ready != nil {
		x.deviations.ready(&rd)
	}
	e.notes = append(e.notes, rd.Notes...)
	e.sent = append(e.sent, x.number(rd.Messages)...)
	afterPersist := x.number(rd.AfterPersist)
	if rd.Hard != nil || len(rd.Entries) > 0 {
		w := write{hard: rd.Hard, entries: rd.Entries, applied: len(s.applied)}
		s.writes = append(slices.Clip(s.writes), w)
	}
	if len(s.writes) == 0 {
		e.sent = append(e.sent, afterPersist...)
	} else {
		s.holdBack(afterPersist)
	}
	s.log = replace(s.log, rd.Entries)
	s.applied = append(slices.Clip(s.applied), rd.Committed...)
}

// holdBack holds messages back until the latest write is finished, but for those that will leave
// anyway: they can be delivered again.
func (s *server) holdBack(messages []uint32) {
	s.writes = slices.Clone(s.writes)
	last := &s.writes[len(s.writes)-1]
	for _, m := range messages {
		if !slices.ContainsFunc(s.writes, func(w write) bool { return slices.Contains(w.afterPersist, m) }) {
			last.afterPersist = append(slices.Clip(last.afterPersist), m)
		}
	}
}

// finish makes the oldest write durable.
func (x *explorer) finish(e *effect) {
	s := e.next
	w := s.writes[0]
	s.writes = s.writes[1:]
	if w.hard != nil {
		s.durable.hard = *w.hard
	}
	s.durable.log = replace(s.durable.log, w.entries)
	s.durable.applied = w.applied
	var index, term uint64
	if n := len(w.entries); n > 0 {
		index, term = w.entries[n-1].Index, w.entries[n-1].Term
	}
	s.raft.Persisted(index, term, w.hard)
	e.sent = append(e.sent, w.afterPersist...)
}

// replace returns a log with entries in the place of what it has from the first one's index on.
func replace(log, entries []raft.Entry) []raft.Entry {
	if len(entries) == 0 {
		return log
	}
	return append(slices.Clip(log[:entries[0].Index-1]), entries...)
}
