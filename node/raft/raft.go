package raft

// The state of one server (Figure 2, "State") and the calls that drive it. Everything a server
// does is an answer to a call; what it wants done comes out of Ready and nowhere else.

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
	ID ID // of this server; not None
	// ElectionTimeout is the shortest wait for a leader, the same on all servers, at least
	// twice HeartbeatInterval. Each wait is drawn anew from [ElectionTimeout,
	// 2·ElectionTimeout), so that two candidates seldom collide (§5.2).
	ElectionTimeout time.Duration
	// HeartbeatInterval is the longest silence of a leader; positive, and well below
	// ElectionTimeout, so that one lost heartbeat deposes nobody.
	HeartbeatInterval time.Duration
	// Lease is how long a leader may answer lease reads after a majority confirmed it; 0
	// turns them off, on all servers or on none. It is below ElectionTimeout by as much as
	// the clocks of two servers may drift apart meanwhile (thesis §6.4.1).
	Lease time.Duration
	// SnapshotMargin is how many applied entries stay in the log, at least 1, for servers
	// that are a little behind: they get entries instead of a snapshot.
	SnapshotMargin uint64
	// Seed is where the random waits begin. Servers must differ in it, and so must the lives
	// of one, or they collide again and again.
	Seed  uint64
	Marks *marks.Counts // nil counts nothing
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

	// now is the raft clock, as Tick tells it: timers run on it. The caller may let it stand
	// still, so that a server that was paused has not waited for a leader meanwhile. clock is
	// the caller's real clock, which only leases go by. Neither goes back. Invariant: now never
	// runs faster than clock.
	now, clock time.Duration

	// hard is currentTerm and votedFor, of which the disk may not hold the latest yet.
	// Invariant: Term never falls; Vote changes at most once a term, from None.
	hard HardState
	// log is the log and the indices into it. Entries may not be durable yet either.
	log *raftLog

	// role changes only in roles.go.
	role Role
	// leader is the leader of the current term, None where unknown. A leader is its own; a
	// candidate and a pre-candidate have none. Invariant: within
	// a term it is None or one and the same server (§5.2, Election Safety).
	leader ID

	// electionAt is when to campaign, on the raft clock. Hearing the leader, granting a vote
	// and each campaign move it on to a new random wait. A leader does not use it.
	electionAt time.Duration
	// heardUntil is until when, on the raft clock, the leader counts as heard recently, so
	// that no rival is helped: an election timeout after its last message. It means nothing
	// where leader is None.
	heardUntil time.Duration
	// leaseBoundUntil is the same on the real clock. The lease of a leader, known here or
	// forgotten, may rest on this server until then. It is used only with Config.Lease.
	leaseBoundUntil time.Duration
	// votes are those of the campaign under way; stale unless a candidate or pre-candidate.
	votes tally
	// staged is the snapshot that is being received, nil where none is. It survives changes of
	// the term and the leader: the name of a snapshot says what is in it.
	staged *Staged
	// diskWaitsAt is since when, on the raft clock, the oldest write under way is under way;
	// it stays at the latest Ready while none is.
	diskWaitsAt time.Duration

	lead leadership // empty unless role is Leader

	reads readQueue // a leader's; empty otherwise, but for its round

	ready Ready // what the next Ready returns
	// hardSaved is the hard state that Ready has handed out last; hard differs from it where
	// the next Ready has to hand out another.
	hardSaved HardState
	// hardDurable is what the disk is known to hold. A candidate's vote for itself counts once
	// it does: others answer only what left after it, but a lone voter needs nobody else.
	hardDurable HardState

	sent      uint64 // snapshots sent in this life, whole ones
	installed uint64 // snapshots installed in this life
}

// leadership is what only a leader has (Figure 2, "Volatile state on leaders"). It begins
// with the election and is dropped as a whole when the leader steps down, so that nothing of
// one term can count in another.
type leadership struct {
	// peers are the other members, learners too, and those that are leaving. A leader that is
	// no member has all members here. Invariant: never this server itself.
	peers map[ID]*progress
	// order is the IDs of the peers, ascending. Whatever is done for all peers follows it, not
	// the map, so that the same calls lead to the same messages.
	order []ID

	heartbeatAt time.Duration // when the next heartbeat is due, on the raft clock
	// heartbeatDue says that every peer must get an Append with the next Ready, be it an empty
	// one: the interval is over, or a read round begins.
	heartbeatDue bool
	// quorumCheckAt is when CheckQuorum is due next, on the raft clock (thesis §6.2).
	quorumCheckAt time.Duration

	lease    lease     // the right to answer reads without a round (read.go)
	transfer *transfer // nil while nobody is to take over (transfer.go)
	// snapshot names the one that is being sent, nil if none. Peers in the state streaming
	// share it; one that is behind the log's base cannot be begun any more.
	snapshot *SnapshotMeta
}

// Ready is what the caller must do, in this order: send Messages; give Chunks and Install to
// the state machine; make Hard, Install and Entries durable together, and then call
// Persisted and send AfterPersist; apply Committed, answer Reads, and compact. Messages need
// not wait for the disk: what they say is durable already, or needs no disk. Nor need anything
// else wait, but for AfterPersist, as long as writes reach the disk in the order in which they
// came up.
type Ready struct {
	// Messages may leave at once: Appends (a leader sends entries while it writes them itself,
	// thesis §10.2.1), PreVotes, snapshots, TimeoutNow.
	Messages []Message
	// Chunks are to be put aside beside the state, in this order.
	Chunks  []Chunk
	Install *Install   // nil where no snapshot is complete
	Hard    *HardState // nil where it did not change
	Entries []Entry    // replace the log from the first one's index on
	// AfterPersist may leave once Hard, Install and Entries of this Ready and of all before
	// are durable: votes, acknowledgements and whatever else tells the term (Figure 2,
	// "Updated on stable storage before responding to RPCs").
	AfterPersist []Message
	// Committed are to be applied in this order. Each comes once in a life, and only when it
	// is durable here.
	Committed []Entry
	Reads     []ReadReady
	Compact   *SnapshotMeta // drop the log up to here; nil where nothing is to be dropped
	Notes     []Note
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

// New returns a server that continues from what its disk holds, as a follower. now is where the
// raft clock begins, and the real one. An error is a Config that makes no sense; a disk that
// contradicts itself is a panic.
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
		// In its last life it may have confirmed a leader's lease, and does not know it any more.
		r.leaseBoundUntil = now + cfg.ElectionTimeout
	}
	r.resetElectionTimer()
	return r, nil
}

// Clock tells the real time, which only leases go by. A time before an earlier one is ignored.
func (r *Raft) Clock(now time.Duration) { r.clock = max(r.clock, now) }

// Tick lets time pass up to now on the raft clock: elections, heartbeats and the leader's
// checks happen only here. It should be called several times a heartbeat interval. A time
// before an earlier one counts as that.
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

// Step handles a message of another server, a member or not: who is a member may be known
// there and not here yet (thesis §4.1). Messages for another server, and such as no server
// would send, are ignored.
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
		if !m.Transfer && (m.Term > r.hard.Term && r.HeardLeaderRecently() || r.leaseBound()) {
			// Thesis §4.2.3: while a leader is heard nobody may disturb it, so not even the
			// higher term counts. A removed server that campaigns would depose one leader after
			// the other.
			r.marks.HitIf(r.leader != None, marks.VoteIgnoredLeaderHeard)
			r.marks.HitIf(r.leader == None, marks.VoteIgnoredLeaseBound)
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

// append adds an entry to the leader's log. It is replicated and made durable with the next
// Ready.
func (r *Raft) append(e Entry) (index, term uint64) {
	e.Index, e.Term = r.log.lastIndex()+1, r.hard.Term
	r.log.appendNew(e)
	return e.Index, e.Term
}

// Ready returns what has come up since the last call, and takes it as handed over: what is not
// carried out is lost. A leader decides only here what to send, so that one Append holds all
// that a burst of calls proposed.
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

// Persisted says that the hard state and the entries of an earlier Ready are durable, and all
// that came before; index and term are those of its last entry (0, 0 if it had none), and hard
// is nil where it had none.
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

// note tells people about a turn of events.
func (r *Raft) note(message string, attrs ...any) {
	attrs = append([]any{"term", r.hard.Term}, attrs...)
	r.ready.Notes = append(r.ready.Notes, Note{Message: message, Attrs: attrs})
}

// send stamps a message and lets it leave with the next Ready, before anything is written. So
// it must say nothing that a crash could take back: a leader's term and its vote for itself
// are durable since its election, and a PreVote says nothing of this server's own.
func (r *Raft) send(m Message) {
	m.From = r.cfg.ID
	if r.ready.Messages == nil && r.role == Leader {
		r.ready.Messages = make([]Message, 0, max(1, len(r.lead.order))) // seldom one alone
	}
	r.ready.Messages = append(r.ready.Messages, m)
}

// sendAfterPersist stamps a message that must not leave before the hard state and the log as
// they are now are durable: it says something that a crash must not take back.
func (r *Raft) sendAfterPersist(m Message) {
	m.From = r.cfg.ID
	r.ready.AfterPersist = append(r.ready.AfterPersist, m)
}
