package invariants

import (
	"fmt"

	"senkei/node/raft"
	"senkei/node/replica"
)

// Disk is what would survive a power cut now. What a life began with counts, too: a server
// takes what it finds for durable.
type Disk interface {
	// DurableHard is the term and vote.
	DurableHard() raft.HardState
	// DurableTerm is the term of the log entry at index, or of the base if that is its
	// index; ok is false where neither holds index.
	DurableTerm(index uint64) (term uint64, ok bool)
	// DurableBase is the index of the entry before the first one of the log.
	DurableBase() uint64
}

// Ledger keeps what has to stay true of one run. It never forgets an entry: a run of some
// thousand entries takes some megabytes. It is not safe for concurrent use.
type Ledger struct {
	margin  uint64
	servers []*server    // in the order of their first lives; there are few
	leaders []leadership // in ascending order of terms
	reached []reach      // likewise
	seen    entries
	chain   chain
	writes  writes
	floor   uint64
	broken  *Violation
}

// server is what the ledger knows of one server over all its lives.
type server struct {
	id    raft.ID
	alive bool
	lives int
	disk  Disk // nil once it was wiped
	log   mirror
	said  statements
	open  map[uint64]openRequest // by Request.ID, of this life

	// After the latest step:
	role            raft.Role
	led             uint64 // the latest term that it led
	commit, applied uint64
	reached         uint64 // the highest applied of all lives
	configured      uint64 // index of the latest configuration in its log
	offered         uint64 // index of the latest snapshot that it sent and that was checked

	// Of the step under way:
	cut     uint64   // the lowest index whose entry went or changed, maxIndex if none did
	changes []change // configurations that nobody's log held before
}

const maxIndex = ^uint64(0)

// Violation is a broken invariant.
type Violation struct {
	Invariant string // "I1" to "I15"
	Name      string // such as "election safety"
	Server    raft.ID
	Text      string // one sentence, with the indexes and terms
}

// String returns the whole violation in one line.
func (v Violation) String() string {
	return fmt.Sprintf("%s (%s) at %s: %s", v.Invariant, v.Name, v.Server, v.Text)
}

// rule is an invariant's number and name.
type rule struct{ id, name string }

// New returns a ledger for a cluster whose first servers begin with
// replica.Founding(founding), or with blank disks. margin is their Config.SnapshotMargin.
func New(founding raft.Configuration, margin uint64) *Ledger {
	if margin == 0 {
		margin = replica.DefaultSnapshotMargin
	}
	l := &Ledger{margin: margin, writes: newWrites()}
	first := raft.Entry{Index: 1, Term: 1, Kind: raft.Reconfigure, Configuration: &founding}
	l.seen.add(&first, 0, hash(&first))
	l.chain = newChain(&first)
	return l
}

// Broken returns the first broken invariant, nil while all hold. After it nothing is judged.
func (l *Ledger) Broken() *Violation { return l.broken }

// Floor is the highest log index that any client has seen acknowledged: that of an answered
// write, or up to which the state reached that answered a read.
func (l *Ledger) Floor() uint64 { return l.floor }

// Started notes that a server begins a life, its first one too, with what its disk held.
func (l *Ledger) Started(id raft.ID, found replica.Disk, disk Disk) {
	sv := l.find(id)
	if sv == nil {
		sv = &server{id: id}
		l.servers = append(l.servers, sv)
	}
	sv.alive, sv.disk, sv.role, sv.open = true, disk, raft.Follower, map[uint64]openRequest{}
	sv.lives, sv.offered = sv.lives+1, 0
	for _, judge := range []func(*server, *replica.Disk){l.judgeRecovered, l.findsItsLog, l.findsItsState} {
		if l.broken == nil {
			judge(sv, &found)
		}
	}
}

// Stopped notes that a server crashed; its disk stays.
func (l *Ledger) Stopped(id raft.ID) { l.running(id).alive = false }

// Wiped notes that the disk of a server is gone for good. What the server said stands:
// under this name it must not return.
func (l *Ledger) Wiped(id raft.ID) {
	if sv := l.find(id); sv != nil {
		sv.alive, sv.disk = false, nil
	}
}

// Requested notes that a client's request, or a repetition of it, reaches a server. Floor returned
// floor when the client began the operation. Replies to what nobody requested are not judged.
func (l *Ledger) Requested(id raft.ID, r replica.Request, floor uint64) {
	l.running(id).open[r.ID] = openRequest{request: r, floor: floor}
}

// Stepped judges one step of a server: its effects, none of which has been carried out, and
// its status after the step.
func (l *Ledger) Stepped(id raft.ID, effects []replica.Effect, s replica.Status) {
	sv := l.running(id)
	if l.broken != nil {
		return
	}
	sv.cut, sv.changes = maxIndex, sv.changes[:0]
	more := l.judgeSent(sv, effects, &s)
	l.judgeLog(sv, &s)
	l.judgeCommit(sv, &s)
	if more {
		l.carriedOut(sv, effects)
	}
	l.judgeState(sv, &s)
	l.judgeGrowth(sv, &s)
	sv.role, sv.configured = s.Role, s.ConfigurationIndex
}

// judgeSent judges, in their order, what leaves the server and what it has written. It
// returns whether there are effects that are judged by what is committed after the step.
func (l *Ledger) judgeSent(sv *server, effects []replica.Effect, s *replica.Status) (more bool) {
	for _, e := range effects {
		switch e := e.(type) {
		case replica.Send:
			if e.Message != nil && l.broken == nil {
				l.sent(sv, e.Message, s.Term)
				more = more || e.Message.Type == raft.Snapshot
			}
		case replica.Persist:
			if l.broken == nil {
				l.written(sv, &e)
				more = more || e.Install != nil
			}
		case replica.Apply, replica.Reply, replica.Compact:
			more = true
		}
	}
	return more
}

// carriedOut judges, in their order, the effects that rest on committed entries.
func (l *Ledger) carriedOut(sv *server, effects []replica.Effect) {
	for _, e := range effects {
		if l.broken != nil {
			return
		}
		switch e := e.(type) {
		case replica.Send:
			if e.Message != nil && e.Message.Type == raft.Snapshot {
				l.offers(sv, e.Message.Meta)
			}
		case replica.Persist:
			if e.Install != nil {
				sv.applied = e.Install.Meta.Index
			}
		case replica.Apply:
			l.applied(sv, &e.Change)
		case replica.Reply:
			l.answered(sv, &e)
		case replica.Compact:
			l.compacted(sv, &e.Meta)
		}
	}
}

// find returns a server, or nil if it never had a life.
func (l *Ledger) find(id raft.ID) *server {
	for _, sv := range l.servers {
		if sv.id == id {
			return sv
		}
	}
	return nil
}

// running returns a server that must be in one of its lives.
func (l *Ledger) running(id raft.ID) *server {
	sv := l.find(id)
	if sv == nil || !sv.alive {
		panic(fmt.Sprintf("invariants: the server %q was not started", id))
	}
	return sv
}

// fail notes a broken rule, unless one was broken before.
func (l *Ledger) fail(r rule, sv *server, format string, args ...any) {
	if l.broken == nil {
		l.broken = &Violation{Invariant: r.id, Name: r.name, Server: sv.id, Text: fmt.Sprintf(format, args...)}
	}
}
