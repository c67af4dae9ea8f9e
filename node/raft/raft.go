package raft

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// appendBytesMax bounds the entries of one Append.
	appendBytesMax = 1 << 20
	// inflightEntriesMax bounds the entries on their way to one peer.
	inflightEntriesMax = 4096
)

// Config describes one server.
type Config struct {
	ID    ID
	Peers []ID // every server of the cluster, this one too
	// ElectionTimeout is the shortest wait for a leader. Each wait is drawn anew from
	// [ElectionTimeout, 2·ElectionTimeout), so that two candidates seldom collide (§5.2).
	ElectionTimeout time.Duration
	// HeartbeatInterval is the longest silence of a leader; well below ElectionTimeout.
	HeartbeatInterval time.Duration
	Seed              uint64 // of the random waits
}

func (c Config) validate() error {
	switch {
	case !slices.Contains(c.Peers, c.ID):
		return fmt.Errorf("server %q is not among the peers %v", c.ID, c.Peers)
	case len(slices.Compact(slices.Sorted(slices.Values(c.Peers)))) != len(c.Peers):
		return fmt.Errorf("a peer is named twice in %v", c.Peers)
	case c.HeartbeatInterval <= 0 || c.ElectionTimeout < 2*c.HeartbeatInterval:
		return fmt.Errorf("the election timeout %v must be at least twice the heartbeat interval %v, and that positive",
			c.ElectionTimeout, c.HeartbeatInterval)
	}
	return nil
}

// Raft is one server. Its methods must not be called concurrently, and after each burst
// of calls the caller executes what Ready returns.
type Raft struct {
	cfg  Config
	now  time.Duration // of the caller's clock; it never goes back
	rand *rand.Rand

	hard HardState // Invariant: Vote is one of Peers or None, Term never falls
	log  *raftLog

	role   Role
	leader ID // of the current term, None where unknown

	electionAt    time.Duration // when to campaign, unless a leader is heard before
	leaderHeardAt time.Duration // when the leader was last heard; meaningless if leader is None
	votes         tally         // of a candidate or pre-candidate

	// A leader's.
	peers         map[ID]*progress // the other servers
	others        []ID             // their IDs, in ascending order
	heartbeatAt   time.Duration    // when the next heartbeat is due
	heartbeatDue  bool             // every peer must get an Append with the next Ready
	quorumCheckAt time.Duration    // when CheckQuorum is due
	reads         readQueue

	ready     Ready // what the next Ready returns
	hardSaved HardState
}

// Ready is what the caller must do, in this order: send Messages, make Hard and Entries
// durable together, then call Persisted and send AfterPersist, apply Committed, answer
// Reads. Messages need not wait for the disk: what they promise is durable already.
type Ready struct {
	Messages     []Message
	Hard         *HardState // nil where it did not change
	Entries      []Entry    // replace the log from the first one's index on
	AfterPersist []Message
	Committed    []Entry
	Reads        []ReadReady
	Notes        []Note
}

// Note reports a turn of events to a person: Message is a short fact, Attrs alternates
// names and values.
type Note struct {
	Message string
	Attrs   []any
}

// New returns a server that continues from what its disk holds: the hard state, the log
// from index 1 on, and the index up to which the state machine has applied it. now is the
// caller's clock.
func New(cfg Config, hard HardState, entries []Entry, applied uint64, now time.Duration) (*Raft, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	r := &Raft{
		cfg: cfg, now: now, rand: rand.New(rand.NewPCG(cfg.Seed, 0)),
		hard: hard, hardSaved: hard, log: newLog(entries, applied),
	}
	for _, id := range slices.Sorted(slices.Values(cfg.Peers)) {
		if id != cfg.ID {
			r.others = append(r.others, id)
		}
	}
	r.resetElectionTimer()
	return r, nil
}

// Tick lets time pass: elections, heartbeats and the leader's quorum check happen only
// here.
func (r *Raft) Tick(now time.Duration) {
	r.now = max(r.now, now)
	if r.role == Leader {
		r.tickLeader()
		return
	}
	if r.now >= r.electionAt {
		r.preCampaign()
	}
}

// Step handles a message of another server. Messages of strangers, and those for
// another server, are ignored.
func (r *Raft) Step(m Message) {
	if m.To != r.cfg.ID || !slices.Contains(r.others, m.From) {
		return
	}
	switch m.Type {
	case PreVote:
		r.handlePreVote(m)
		return
	case PreVoteReply:
		r.handlePreVoteReply(m)
		return
	case Vote:
		if m.Term > r.hard.Term && r.hearsLeader() {
			// Thesis §4.2.3: while a leader is heard nobody may disturb it.
			return
		}
	}
	if m.Term > r.hard.Term {
		// Figure 2, "All servers": a higher term ends whatever this server was.
		r.becomeFollower(m.Term, None)
	}
	switch m.Type {
	case Append:
		r.handleAppend(m)
	case AppendReply:
		r.handleAppendReply(m)
	case Vote:
		r.handleVote(m)
	case VoteReply:
		r.handleVoteReply(m)
	}
}

// Propose appends a command to the leader's log and returns its index and term. It
// returns false, and does nothing, where this server does not lead. The command is
// committed if, and only if, an entry with this index and term is.
func (r *Raft) Propose(data []byte) (index, term uint64, ok bool) {
	if r.role != Leader {
		return 0, 0, false
	}
	e := Entry{Index: r.log.lastIndex() + 1, Term: r.hard.Term, Kind: Command, Data: data}
	r.log.appendNew(e)
	return e.Index, e.Term, true
}

// Ready returns what has come up since the last call.
func (r *Raft) Ready() Ready {
	if r.role == Leader {
		r.startReadRound()
		r.replicate()
	}
	if r.hard != r.hardSaved {
		r.hardSaved = r.hard
		hard := r.hard
		r.ready.Hard = &hard
	}
	r.ready.Entries = r.log.takeUnstable()
	r.ready.Committed = r.log.takeCommitted()
	r.reads.release(r.log.applied, &r.ready)
	ready := r.ready
	r.ready = Ready{}
	return ready
}

// Persisted says that the hard state and the entries of an earlier Ready are durable; index
// and term are those of its last entry (0, 0 if it had none).
func (r *Raft) Persisted(index, term uint64) {
	r.log.stableTo(index, term)
	if r.role == Leader {
		r.advanceCommit()
	}
}

// Role returns what this server is now.
func (r *Raft) Role() Role { return r.role }

// Term returns the latest term that this server has seen.
func (r *Raft) Term() uint64 { return r.hard.Term }

// Leader returns the leader of the current term, or None where unknown.
func (r *Raft) Leader() ID { return r.leader }

// Commit returns the highest index known to be committed.
func (r *Raft) Commit() uint64 { return r.log.commit }

// LastIndex returns the index of the last entry of the log.
func (r *Raft) LastIndex() uint64 { return r.log.lastIndex() }

func (r *Raft) note(message string, attrs ...any) {
	attrs = append([]any{"term", r.hard.Term}, attrs...)
	r.ready.Notes = append(r.ready.Notes, Note{Message: message, Attrs: attrs})
}

// send stamps a message and hands it out at once. Only what a leader or a candidate
// says of durable facts may leave this way.
func (r *Raft) send(m Message) {
	m.From = r.cfg.ID
	r.ready.Messages = append(r.ready.Messages, m)
}

// promise stamps a message that must not leave before the hard state and the log as
// they are now are durable.
func (r *Raft) promise(m Message) {
	m.From = r.cfg.ID
	r.ready.AfterPersist = append(r.ready.AfterPersist, m)
}
