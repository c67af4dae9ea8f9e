package replica

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"time"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/marks"
	"senkei/node/raft"
)

// Replica is one node's logic. It is not safe for concurrent use.
type Replica struct {
	cfg   Config
	now   time.Duration // the driver's clock, as the latest Step told it; it never goes back
	rand  *rand.Rand    // nonces only; raft has its own
	raft  *raft.Raft
	store *kv.Store     // what is applied. Invariant: its index is raft's applied index
	marks *marks.Counts // nil counts nothing

	// raftClock is the clock that raft's timers run on: the driver's clock, except that it
	// stands still while the driver does not call, so that a server that was paused, or whose
	// disk hung, has not waited for a leader. Invariant: raftClock <= now.
	raftClock time.Duration
	tickedAt  time.Duration // the driver's clock at the latest tick

	open     requests         // clients' and peers', of this life
	forwards forwarder        // numbers what this server passes on
	seen     forwardsSeen     // what others passed on to it
	follow   followerReads    // those of the open requests that wait for a read index
	persists []pendingPersist // not known to be durable yet, oldest first, by ascending token
	token    uint64           // of the latest Persist effect, counted in this life

	// outgoing is the state that the core sends, as it was when the first chunk was made; nil
	// if none. It is dropped as soon as the core sends none.
	outgoing *kv.Snapshot
	// incoming is what was received of a snapshot, nil if nothing was; complete, it becomes
	// the store.
	incoming *kv.Assembly

	// The leadership as the requests know it. What changes during a step they learn after its
	// inputs, once.
	leader       raft.ID
	term         uint64
	transferring raft.ID

	effects []Effect // of the step under way, or of the latest; the room is used again
}

// pendingPersist is a Persist effect that is not known to be durable yet.
type pendingPersist struct {
	token       uint64
	index, term uint64          // of its last entry; 0, 0 if it has none
	hard        *raft.HardState // nil if it has none
	messages    []raft.Message  // that may leave once it is durable
}

// Founding returns the disk of a member of a new cluster, which begins as if it had a
// snapshot of an empty state: so whoever joins it later gets the configuration with the
// state. Every member must begin with the same.
func Founding(c raft.Configuration) Disk {
	return Disk{
		Hard:  raft.HardState{Term: 1},
		Base:  raft.SnapshotMeta{Index: 1, Term: 1, Configuration: c, ConfigurationIndex: 1},
		State: kv.State{Applied: 1},
	}
}

// New returns a replica that continues from what its disk holds. now is the driver's
// clock, which must never go back within one life. An error is a Config that makes no sense;
// a disk that contradicts itself is a panic, since storage.Recover refuses it.
func New(cfg Config, disk Disk, now time.Duration) (*Replica, error) {
	if cfg.RequestTimeout <= 0 {
		return nil, fmt.Errorf("the request timeout %v must be positive", cfg.RequestTimeout)
	}
	start := raft.Disk{Hard: disk.Hard, Base: disk.Base, Entries: disk.Entries, Applied: disk.State.Applied}
	r := &Replica{
		cfg: cfg, now: now, tickedAt: now, term: disk.Hard.Term, marks: cfg.Marks,
		rand:  rand.New(rand.NewPCG(cfg.Seed, 1)),
		store: kv.Restore(disk.State, limits.SessionsMax),
		open:  newRequests(), follow: newFollowerReads(),
		seen: forwardsSeen{born: disk.Hard.Term, lives: map[raft.ID][]*seenOfLife{}},
	}
	r.forwards.first = r.rand.Uint64()
	r.forwards.last = r.forwards.first
	if s := disk.Staged; s != nil {
		start.Staged = &raft.Staged{Meta: s.Meta, Next: s.Next}
		r.incoming = kv.NewAssembly(s.State)
	}
	var err error
	r.raft, err = raft.New(raft.Config{
		ID: cfg.ID, Seed: cfg.Seed, ElectionTimeout: cfg.ElectionTimeout, HeartbeatInterval: cfg.HeartbeatInterval,
		Lease: cfg.Lease, SnapshotMargin: cmp.Or(cfg.SnapshotMargin, DefaultSnapshotMargin),
		Marks: cfg.Marks,
	}, start, 0)
	return r, err
}

// Step handles inputs that arrived together and returns what to do, in order. now is the
// driver's clock; one before an earlier one counts as that. Handling
// many at once saves messages and disk writes; their order is kept. The slice, but not what
// is in it, is good until the next Step.
func (r *Replica) Step(now time.Duration, inputs ...Input) []Effect {
	clear(r.effects)
	r.effects = r.effects[:0]
	r.now = max(r.now, now)
	r.raft.Clock(r.now)
	for _, in := range inputs {
		switch in := in.(type) {
		case Tick:
			r.tick()
		case Received:
			r.receive(in)
		case Request:
			r.accept(in)
		case Persisted:
			r.persisted(in.Token)
		default:
			panic(fmt.Sprintf("replica: input %T", in))
		}
	}
	r.collect()
	if r.followLeadership() {
		r.collect()
	}
	r.sendReadIndexRequests()
	return r.effects
}

// tick lets time pass for raft, but no more than a heartbeat interval at once. A server
// that was paused, or waited long for its disk, has not waited for a leader: what the
// leader sent meanwhile is still in its inbox. Without this all servers of a machine that
// stalls would campaign in the same moment and split the vote.
func (r *Replica) tick() {
	r.marks.HitIf(r.now-r.tickedAt > r.cfg.HeartbeatInterval, marks.PauseForgiven)
	r.raftClock += min(r.now-r.tickedAt, r.cfg.HeartbeatInterval)
	r.tickedAt = r.now
	r.raft.Tick(r.raftClock)
	r.expire()
}

// Status describes the replica after the last step, but for Peers, which cost more than
// the rest.
func (r *Replica) Status() Status {
	s := Status{
		ID: r.cfg.ID, Role: r.raft.Role(), Term: r.raft.Term(), Leader: r.raft.Leader(),
		Commit: r.raft.Commit(), Applied: r.store.Applied(), LastIndex: r.raft.LastIndex(),
		StateHash: r.store.Hash(), Open: r.open.len(),
		FirstIndex: r.raft.FirstIndex(), Lease: r.raft.HoldsLease(),
	}
	s.Configuration, s.ConfigurationIndex = r.raft.Configuration()
	s.SnapshotsSent, s.SnapshotsInstalled = r.raft.Snapshots()
	return s
}

// Peers returns what a leader knows of the others, for Status.Peers; nil on others.
func (r *Replica) Peers() []raft.PeerStatus { return r.raft.Peers() }

// Servers returns every server that effects may send to, members or not.
func (r *Replica) Servers() raft.Configuration { return r.raft.Servers() }

// receive takes a message. What cannot be decoded, or bears another sender's name, is ignored:
// who sends is known from the connection.
func (r *Replica) receive(in Received) {
	e, err := decode(in.Data)
	if err != nil {
		r.note("ignored a message", "from", in.From, "error", err)
		return
	}
	switch {
	case e.Raft != nil && e.Raft.From == in.From:
		r.raft.Step(*e.Raft)
	case e.Forward != nil:
		r.acceptForward(in.From, *e.Forward)
	case e.ReadIndex != nil:
		r.acceptReadIndexRequest(in.From, *e.ReadIndex)
	case e.Reply != nil:
		r.acceptPeerReply(*e.Reply)
	}
}

// persisted releases what waited for the disk.
func (r *Replica) persisted(token uint64) {
	for len(r.persists) > 0 && r.persists[0].token <= token {
		p := r.persists[0]
		r.persists = r.persists[1:]
		r.raft.Persisted(p.index, p.term, p.hard)
		r.sendRaft(p.messages)
	}
}

// collect turns what the core has ready into effects, in the order that raft.Ready asks for:
// what need not wait for the disk first, and nothing that rests on a write before it.
func (r *Replica) collect() {
	ready := r.raft.Ready()
	for _, n := range ready.Notes {
		r.note(n.Message, n.Attrs...)
	}
	r.sendRaft(ready.Messages)
	r.stage(ready.Chunks)
	r.install(ready.Install)
	r.persist(ready)
	for _, e := range ready.Committed {
		r.apply(e)
	}
	for _, read := range ready.Reads {
		r.finishRead(read)
	}
	r.catchUp()
	if ready.Compact != nil {
		r.effects = append(r.effects, Compact{Meta: *ready.Compact})
	}
	if _, streaming := r.raft.Streaming(); !streaming {
		r.outgoing = nil
	}
}

// persist emits what must become durable and keeps the messages that say so until it is. A
// message that needs no write of its own still waits for the writes that are under way, since
// it may repeat what they hold.
func (r *Replica) persist(ready raft.Ready) {
	writes := ready.Hard != nil || ready.Install != nil || len(ready.Entries) > 0
	if writes {
		r.token++
		p := pendingPersist{token: r.token, hard: ready.Hard}
		if in := ready.Install; in != nil {
			p.index, p.term = in.Meta.Index, in.Meta.Term
		}
		if n := len(ready.Entries); n > 0 {
			p.index, p.term = ready.Entries[n-1].Index, ready.Entries[n-1].Term
		}
		r.effects = append(r.effects, Persist{Token: r.token, Hard: ready.Hard, Install: ready.Install, Entries: ready.Entries})
		r.marks.HitIf(len(r.persists) > 0, marks.WritesOverlapped)
		r.persists = append(r.persists, p)
	}
	if len(r.persists) == 0 {
		r.sendRaft(ready.AfterPersist)
		return
	}
	r.marks.HitIf(!writes && len(ready.AfterPersist) > 0, marks.AfterPersistWaited)
	last := &r.persists[len(r.persists)-1]
	last.messages = append(last.messages, ready.AfterPersist...)
}

// apply gives a committed entry to the state machine and its result to whoever waits.
func (r *Replica) apply(e raft.Entry) {
	var command *kv.Command
	if e.Kind == raft.Command {
		c, err := kv.Decode(e.Data)
		if err != nil {
			// Every replica finds the same bytes here, so none may go on differently.
			panic(fmt.Sprintf("replica: committed entry %d: %v", e.Index, err))
		}
		command = &c
	}
	result, change := r.store.Apply(e.Index, command)
	r.markRecalled(command, result, change)
	r.effects = append(r.effects, Apply{Change: change})
	r.finishProposal(e, result)
}

// markRecalled counts a command that its session kept from taking effect.
func (r *Replica) markRecalled(c *kv.Command, result kv.Result, change kv.Change) {
	if c == nil || c.Client == "" || change.Sessions != nil {
		return
	}
	switch result.Code {
	case kv.SessionExpired:
		r.marks.Hit(marks.SessionUnknown)
	case kv.StaleSequence:
		r.marks.Hit(marks.SequenceStale)
	default:
		r.marks.Hit(marks.CommandRepeated)
	}
}

func (r *Replica) sendRaft(messages []raft.Message) {
	for i := range messages {
		if messages[i].Type == raft.Snapshot && !r.fill(&messages[i]) {
			continue
		}
		r.send(messages[i].To, envelope{Raft: &messages[i]})
	}
}

func (r *Replica) send(to raft.ID, e envelope) {
	r.effects = append(r.effects, Send{To: to, Data: encode(e), Message: e.Raft})
}

func (r *Replica) note(message string, attrs ...any) {
	r.effects = append(r.effects, Note{Message: message, Attrs: attrs})
}
