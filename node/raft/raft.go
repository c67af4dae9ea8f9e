package raft

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"senkei/node/limits"
	"senkei/node/marks"
)

// Config describes one server.
type Config struct {
	ID ID
	// ElectionTimeout is the shortest wait for a leader. Each wait is drawn anew from
	// [ElectionTimeout, 2·ElectionTimeout), so that two candidates seldom collide (§5.2).
	ElectionTimeout time.Duration
	// HeartbeatInterval is the longest silence of a leader; well below ElectionTimeout.
	HeartbeatInterval time.Duration
	// Lease is how long a leader may answer lease reads after a majority confirmed it; 0
	// turns them off. It is below ElectionTimeout by as much as the clocks of two servers
	// may drift apart meanwhile (thesis §6.4.1).
	Lease time.Duration
	// SnapshotMargin is how many applied entries stay in the log, at least 1, for servers
	// that are a little behind.
	SnapshotMargin uint64
	Seed           uint64        // of the random waits
	Marks          *marks.Counts // nil counts nothing
}

func (c Config) validate() error {
	switch {
	case c.ID == None:
		return errors.New("the server has no ID")
	case c.HeartbeatInterval <= 0 || c.ElectionTimeout < 2*c.HeartbeatInterval:
		return fmt.Errorf("the election timeout %v must be at least twice the heartbeat interval %v, and that positive",
			c.ElectionTimeout, c.HeartbeatInterval)
	case c.Lease < 0 || c.Lease >= c.ElectionTimeout:
		return fmt.Errorf("the lease %v must be shorter than the election timeout %v", c.Lease, c.ElectionTimeout)
	case c.SnapshotMargin < 1:
		return errors.New("the snapshot margin must be at least 1")
	}
	return nil
}

// Raft is one server. Its methods must not be called concurrently, and after each burst
// of calls the caller executes what Ready returns.
type Raft struct {
	cfg   Config
	rand  *rand.Rand
	marks *marks.Counts

	// now is the server's patience: timers run on it. clock is the caller's real clock,
	// which only leases go by. Neither goes back. Invariant: now never runs faster than clock.
	now, clock time.Duration

	hard HardState // Invariant: Term never falls; Vote changes at most once a term
	log  *raftLog

	role   Role
	leader ID // of the current term, None where unknown

	electionAt  time.Duration // when to campaign, unless a leader is heard before
	loyalUntil  time.Duration // a leader was heard, and gets no rival helped before this
	boundUntil  time.Duration // the same on the real clock, which a leader's lease relies on
	votes       tally         // of a candidate or pre-candidate
	staged      *Staged       // the snapshot that is being received
	diskWaitsAt time.Duration // since when the oldest write under way is under way

	lead leadership // meaningless unless role is Leader

	reads     readQueue
	ready     Ready     // what the next Ready returns
	hardSaved HardState // what Ready has handed out
	// hardDurable is what the disk is known to hold. A candidate's vote for itself counts once
	// it does: others answer only what left after it, but a lone voter needs nobody else.
	hardDurable HardState
	sent        uint64 // snapshots sent, whole ones
	installed   uint64 // snapshots installed
}

// leadership is what only a leader has.
type leadership struct {
	peers         map[ID]*progress // the other members, and those that are leaving
	order         []ID             // their IDs, in ascending order
	heartbeatAt   time.Duration    // when the next heartbeat is due
	heartbeatDue  bool             // every peer must get an Append with the next Ready
	quorumCheckAt time.Duration    // when CheckQuorum is due
	lease         lease
	transfer      *transfer     // nil while nobody is to take over
	snapshot      *SnapshotMeta // the one that is being sent, nil if none
}

// Ready is what the caller must do, in this order: send Messages; give Chunks and Install to
// the state machine; make Hard, Install and Entries durable together, and then call
// Persisted and send AfterPersist; apply Committed, answer Reads, and compact. Messages need
// not wait for the disk: what they promise is durable already. Nor need anything else wait,
// but for AfterPersist, as long as writes reach the disk in the order in which they came up.
type Ready struct {
	Messages     []Message
	Chunks       []Chunk
	Install      *Install   // nil where no snapshot is complete
	Hard         *HardState // nil where it did not change
	Entries      []Entry    // replace the log from the first one's index on
	AfterPersist []Message
	Committed    []Entry
	Reads        []ReadReady
	Compact      *SnapshotMeta // drop the log up to here; nil where nothing is to be dropped
	Notes        []Note
}

// Note reports a turn of events to a person: Message is a short fact, Attrs alternates
// names and values.
type Note struct {
	Message string
	Attrs   []any
}

// Why Propose, Reconfigure and Transfer refuse.
var (
	// ErrNotLeader means that this server does not lead.
	ErrNotLeader = errors.New("this server does not lead")
	// ErrTransferring means that this leader is about to hand over its leadership.
	ErrTransferring = errors.New("the leadership is being transferred")
	// ErrOverloaded means that too much waits to be committed.
	ErrOverloaded = errors.New("too much waits to be committed")
	// ErrChangePending means that an earlier change, or this leader's first entry, is not
	// committed yet.
	ErrChangePending = errors.New("an earlier change is not committed yet")
	// ErrLastVoter means that nobody would be left to vote.
	ErrLastVoter = errors.New("the change leaves no voter")
	// ErrTooManyServers means that the configuration is full.
	ErrTooManyServers = errors.New("the configuration is full")
	// ErrNoTransferee means that there is no such other voter.
	ErrNoTransferee = errors.New("there is no such other voter")
)

// New returns a server that continues from what its disk holds. now is the caller's clock.
func New(cfg Config, disk Disk, now time.Duration) (*Raft, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	r := &Raft{
		cfg: cfg, now: now, clock: now, rand: rand.New(rand.NewPCG(cfg.Seed, 0)), marks: cfg.Marks,
		hard: disk.Hard, hardSaved: disk.Hard, hardDurable: disk.Hard, log: newLog(disk), staged: disk.Staged,
	}
	r.log.marks = cfg.Marks
	r.marks.HitIf(disk.Staged != nil, marks.StagedFound)
	if cfg.Lease > 0 {
		// What it promised a leader in its last life it does not know any more.
		r.boundUntil = now + cfg.ElectionTimeout
	}
	r.resetElectionTimer()
	return r, nil
}

// Clock tells the real time, which only leases go by.
func (r *Raft) Clock(now time.Duration) { r.clock = max(r.clock, now) }

// Tick lets time pass: elections, heartbeats and the leader's checks happen only here.
func (r *Raft) Tick(now time.Duration) {
	r.now = max(r.now, now)
	r.Clock(r.now)
	if r.role == Leader {
		r.tickLeader()
		return
	}
	if r.now < r.electionAt {
		return
	}
	if r.mayCampaign() {
		r.preCampaign()
		return
	}
	r.marks.Hit(marks.NonVoterWaited)
	r.loseLeader()
	r.resetElectionTimer()
}

// Step handles a message of another server, a member or not (thesis §4.1). Messages for
// another server, and such as no server would send, are ignored.
func (r *Raft) Step(m Message) {
	if m.To != r.cfg.ID || m.From == r.cfg.ID || m.From == None {
		return
	}
	if err := m.Validate(); err != nil {
		r.note("ignored a message", "from", m.From, "error", err)
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
		if !m.Transfer && (m.Term > r.hard.Term && r.loyal() || r.bound()) {
			// Thesis §4.2.3: while a leader is heard nobody may disturb it.
			r.marks.HitIf(r.leader != None, marks.VoteIgnoredLoyal)
			r.marks.HitIf(r.leader == None, marks.VoteIgnoredBound)
			return
		}
	}
	if m.Term > r.hard.Term {
		// Figure 2, "All servers": a higher term ends whatever this server was.
		r.marks.HitIf(r.role == Candidate, marks.CandidateDeposed)
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
	case Snapshot:
		r.handleSnapshot(m)
	case SnapshotReply:
		r.handleSnapshotReply(m)
	case TimeoutNow:
		r.handleTimeoutNow(m)
	}
}

// Propose appends a command to the leader's log and returns its index and term. The command
// is committed if, and only if, an entry with this index and term is. An error, ErrNotLeader,
// ErrTransferring or ErrOverloaded, means that nothing was done.
func (r *Raft) Propose(data []byte) (index, term uint64, err error) {
	switch {
	case r.role != Leader:
		return 0, 0, ErrNotLeader
	case r.lead.transfer != nil:
		return 0, 0, ErrTransferring
	case r.log.uncommittedBytes > limits.UncommittedBytesMax:
		return 0, 0, ErrOverloaded
	}
	index, term = r.append(Entry{Kind: Command, Data: data})
	return index, term, nil
}

// append adds an entry to the leader's log.
func (r *Raft) append(e Entry) (index, term uint64) {
	e.Index, e.Term = r.log.lastIndex()+1, r.hard.Term
	r.log.appendNew(e)
	return e.Index, e.Term
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
	if r.log.stable == r.log.handed {
		r.diskWaitsAt = r.now
	}
	r.ready.Entries = r.log.takeUnstable()
	r.ready.Committed = r.log.takeCommitted()
	held := r.reads.release(r.log.applied, &r.ready)
	r.marks.HitIf(held, marks.ReadAwaitsState)
	r.ready.Compact = r.compact()
	ready := r.ready
	r.ready = Ready{}
	return ready
}

// Persisted says that the hard state and the entries of an earlier Ready are durable; index
// and term are those of its last entry (0, 0 if it had none), and hard is nil where it had
// none.
func (r *Raft) Persisted(index, term uint64, hard *HardState) {
	r.log.stableTo(index, term)
	if hard != nil {
		r.hardDurable = *hard
	}
	r.diskWaitsAt = r.now
	switch r.role {
	case Leader:
		r.advanceCommit()
	case Candidate:
		r.countVotes()
	}
}

func (r *Raft) note(message string, attrs ...any) {
	attrs = append([]any{"term", r.hard.Term}, attrs...)
	r.ready.Notes = append(r.ready.Notes, Note{Message: message, Attrs: attrs})
}

// send stamps a message and hands it out at once. Only what a leader or a candidate
// says of durable facts may leave this way.
func (r *Raft) send(m Message) {
	m.From = r.cfg.ID
	if r.ready.Messages == nil && r.role == Leader {
		r.ready.Messages = make([]Message, 0, max(1, len(r.lead.order))) // seldom one alone
	}
	r.ready.Messages = append(r.ready.Messages, m)
}

// promise stamps a message that must not leave before the hard state and the log as
// they are now are durable.
func (r *Raft) promise(m Message) {
	m.From = r.cfg.ID
	r.ready.AfterPersist = append(r.ready.AfterPersist, m)
}
