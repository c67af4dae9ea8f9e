package invariants

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
)

// stage is a cluster of three servers that are moved by hand, as real ones would move. In the
// beginning n1 leads term 2. Entry 2 is its no-op and entry 3 a put of client "c"; both are
// committed, but n3 does not hold entry 3.
type stage struct {
	t          testing.TB
	ledger     *Ledger
	founding   raft.Configuration
	n1, n2, n3 *puppet
}

func newStage(t testing.TB) *stage {
	s := &stage{t: t, founding: raft.NewConfiguration(raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n3"})}
	s.ledger = New(s.founding, 2)
	founder := replica.Founding(s.founding)
	s.n1, s.n2, s.n3 = s.puppet("n1", founder), s.puppet("n2", founder), s.puppet("n3", founder)
	s.n1.win(2, s.n2, s.n3)
	for _, p := range []*puppet{s.n1, s.n2, s.n3} {
		p.write(noOp(2, 2))
	}
	s.n2.ack(2)
	s.n1.reach(2)
	s.n1.request(replica.Request{ID: 1, Command: put(1).command})
	s.n1.write(put(1).at(3, 2))
	s.n2.write(put(1).at(3, 2))
	s.n2.ack(3)
	s.n1.reach(3, replica.Reply{ID: 1, Result: kv.Result{Code: kv.Done, Revision: 3}})
	s.n2.reach(3)
	s.n3.reach(2)
	require.Nil(t, s.ledger.Broken())
	require.EqualValues(t, 3, s.ledger.Floor())
	return s
}

// puppet is one server.
type puppet struct {
	stage  *stage
	status replica.Status
	log    []raft.Entry // by index; what lies before the base is kept
	store  *kv.Store
	disk   *disk
}

func (s *stage) puppet(id raft.ID, d replica.Disk) *puppet {
	p := &puppet{stage: s, disk: &disk{d}, log: make([]raft.Entry, 2)}
	p.log[1].Term = 1
	p.status.ID = id
	p.start()
	return p
}

// start begins a life with what the disk holds.
func (p *puppet) start() {
	found := p.disk.load()
	p.store = kv.Restore(found.State, limits.SessionsMax)
	p.log = append(p.log[:found.Base.Index+1:found.Base.Index+1], found.Entries...)
	p.status = replica.Status{
		ID: p.status.ID, Term: found.Hard.Term, FirstIndex: found.Base.Index + 1, LastIndex: uint64(len(p.log)) - 1,
		ConfigurationIndex: found.Base.ConfigurationIndex, Commit: found.State.Applied,
	}
	p.stage.ledger.Started(p.status.ID, found, p.disk)
}

func (p *puppet) restart() {
	p.stage.ledger.Stopped(p.status.ID)
	p.start()
}

// step does what it is given, and tells what it has.
func (p *puppet) step(effects ...replica.Effect) {
	p.status.Applied, p.status.StateHash = p.store.Applied(), p.store.Hash()
	p.stage.ledger.Stepped(p.status.ID, effects, p.status)
}

func (p *puppet) request(r replica.Request) {
	p.stage.ledger.Requested(p.status.ID, r, p.stage.ledger.Floor())
}

// enter makes a term and a vote durable.
func (p *puppet) enter(term uint64, vote raft.ID) {
	p.status.Term, p.status.Role = term, raft.Follower
	persist := replica.Persist{Hard: &raft.HardState{Term: term, Vote: vote}}
	p.step(persist)
	p.disk.write(persist)
}

// win makes a server the leader of a term in which others vote for it.
func (p *puppet) win(term uint64, voters ...*puppet) {
	id := p.status.ID
	p.enter(term, id)
	p.step(p.message(raft.Message{Type: raft.Vote}))
	for _, v := range voters {
		v.enter(term, id)
		v.step(v.message(raft.Message{Type: raft.VoteReply, To: id}))
	}
	p.status.Role = raft.Leader
	p.step()
}

// append has a server write entries in the place of what it holds from the first one on.
func (p *puppet) append(entries ...raft.Entry) replica.Persist {
	p.log = append(slices.Clip(p.log[:entries[0].Index]), entries...)
	p.status.LastIndex = uint64(len(p.log)) - 1
	for _, e := range entries {
		if e.Configuration != nil {
			p.status.ConfigurationIndex = e.Index
		}
	}
	persist := replica.Persist{Entries: entries}
	p.step(persist)
	return persist
}

// write appends and waits for the disk.
func (p *puppet) write(entries ...raft.Entry) { p.disk.write(p.append(entries...)) }

// ack acknowledges the log up to match to a leader.
func (p *puppet) ack(match uint64) {
	p.step(p.message(raft.Message{Type: raft.AppendReply, Match: match}))
}

// message is one in the server's term.
func (p *puppet) message(m raft.Message) replica.Send {
	m.Term, m.From = max(m.Term, p.status.Term), p.status.ID
	return replica.Send{To: m.To, Message: &m}
}

// reach commits and applies the log up to index.
func (p *puppet) reach(index uint64, more ...replica.Effect) {
	var effects []replica.Effect
	for i := p.store.Applied() + 1; i <= index; i++ {
		effects = append(effects, replica.Apply{Change: p.apply(i)})
	}
	p.status.Commit = index
	p.step(append(effects, more...)...)
	p.disk.write(effects...)
}

func (p *puppet) apply(index uint64) kv.Change {
	var command *kv.Command
	if e := p.log[index]; e.Kind == raft.Command {
		c, err := kv.Decode(e.Data)
		require.NoError(p.stage.t, err)
		command = &c
	}
	_, change := p.store.Apply(index, command)
	return change
}

// install has a server begin anew after a snapshot of another one's state.
func (p *puppet) install(from *puppet, change func(*raft.Install)) {
	index := from.store.Applied()
	in := raft.Install{Meta: raft.SnapshotMeta{
		Index: index, Term: from.log[index].Term, Configuration: p.stage.founding, ConfigurationIndex: 1,
	}}
	if change != nil {
		change(&in)
	}
	if !in.KeepLog {
		p.log = slices.Clone(from.log[:index+1])
	}
	p.store = kv.Restore(from.store.State(), limits.SessionsMax)
	p.status.FirstIndex, p.status.LastIndex, p.status.Commit = index+1, uint64(len(p.log))-1, index
	p.status.ConfigurationIndex = in.Meta.ConfigurationIndex
	p.step(replica.Persist{Install: &in})
}

func noOp(index, term uint64) raft.Entry {
	return raft.Entry{Index: index, Term: term, Kind: raft.NoOp}
}

func configured(index, term uint64, servers ...raft.Server) raft.Entry {
	c := raft.NewConfiguration(servers...)
	return raft.Entry{Index: index, Term: term, Kind: raft.Reconfigure, Configuration: &c}
}

// order is a command on its way into a log.
type order struct{ command kv.Command }

// put is the command that client "c" sends under a number.
func put(seq uint64) order {
	return order{kv.Command{Op: kv.Put, Key: "k", Value: "v", Client: "c", Seq: seq}}
}

func (o order) at(index, term uint64) raft.Entry {
	return raft.Entry{Index: index, Term: term, Data: kv.Encode(o.command)}
}
