package replica

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
)

// cluster drives replicas on a perfect network, except for who is cut off, and on disks
// that are durable at once, except for who is stalled.
type cluster struct {
	t        *testing.T
	ids      []raft.ID
	replicas map[raft.ID]*Replica
	disks    map[raft.ID]*Disk
	mail     []letter
	replies  map[uint64]Reply
	now      time.Duration
	cutOff   map[raft.ID]bool
	stalled  map[raft.ID][]Persist
	nextID   uint64
	config   Config // what the replicas have in common
	sent     []letter
}

type letter struct {
	from, to raft.ID
	data     []byte
}

func newCluster(t *testing.T, n int) *cluster { return newClusterWith(t, n, Config{}) }

func newClusterWith(t *testing.T, n int, common Config) *cluster {
	c := &cluster{
		config: common,
		t:      t, replicas: map[raft.ID]*Replica{}, disks: map[raft.ID]*Disk{}, replies: map[uint64]Reply{},
		cutOff: map[raft.ID]bool{}, stalled: map[raft.ID][]Persist{},
	}
	for i := range n {
		c.ids = append(c.ids, raft.ID(fmt.Sprintf("n%d", i+1)))
	}
	var servers []raft.Server
	for _, id := range c.ids {
		servers = append(servers, raft.Server{ID: id})
	}
	for _, id := range c.ids {
		d := Founding(raft.NewConfiguration(servers...))
		c.disks[id] = &d
		c.restart(id)
	}
	return c
}

// newcomer starts a replica that belongs to no cluster yet.
func (c *cluster) newcomer(id raft.ID) {
	c.ids = append(c.ids, id)
	c.disks[id] = &Disk{}
	c.restart(id)
}

func (c *cluster) restart(id raft.ID) {
	cfg := c.config
	cfg.ID, cfg.Seed = id, uint64(len(id))+uint64(id[1])+uint64(c.now)
	cfg.ElectionTimeout, cfg.HeartbeatInterval = 300*time.Millisecond, 50*time.Millisecond
	cfg.RequestTimeout = time.Second
	d := *c.disks[id]
	d.State = copied(d.State)
	if s := d.Staged; s != nil {
		d.Staged = &Staged{Meta: s.Meta, Next: s.Next, State: copied(s.State)}
	}
	r, err := New(cfg, d, c.now)
	require.NoError(c.t, err)
	c.replicas[id] = r
}

func (c *cluster) step(id raft.ID, inputs ...Input) {
	for _, e := range slices.Clone(c.replicas[id].Step(c.now, inputs...)) {
		switch e := e.(type) {
		case Send:
			c.mail = append(c.mail, letter{from: id, to: e.To, data: e.Data})
			c.sent = append(c.sent, c.mail[len(c.mail)-1])
		case Persist:
			if held, ok := c.stalled[id]; ok {
				c.stalled[id] = append(held, e)
				continue
			}
			c.persist(id, e)
		case Apply:
			c.disks[id].State.Apply(e.Change)
		case Stage:
			stageOnto(c.disks[id], e)
		case Compact:
			d := c.disks[id]
			d.Entries = slices.Clone(d.Entries[e.Meta.Index-d.Base.Index:])
			d.Base = e.Meta
		case Reply:
			_, twice := c.replies[e.ID]
			require.False(c.t, twice, "request %d was answered twice", e.ID)
			c.replies[e.ID] = e
		}
	}
}

func (c *cluster) persist(id raft.ID, p Persist) {
	d := c.disks[id]
	if p.Hard != nil {
		d.Hard = *p.Hard
	}
	if in := p.Install; in != nil {
		require.Equal(c.t, in.Meta, d.Staged.Meta)
		d.State, d.Staged = d.Staged.State, nil
		d.State.Applied = in.Meta.Index
		if in.KeepLog {
			d.Entries = slices.Clone(d.Entries[in.Meta.Index-d.Base.Index:])
		} else {
			d.Entries = nil
		}
		d.Base = in.Meta
	}
	if len(p.Entries) > 0 {
		d.Entries = append(slices.Clone(d.Entries[:p.Entries[0].Index-1-d.Base.Index]), p.Entries...)
	}
	c.step(id, Persisted{Token: p.Token})
}

func stageOnto(d *Disk, s Stage) {
	if s.Number == 0 {
		d.Staged = &Staged{Meta: s.Meta, State: copied(kv.State{})}
	}
	d.Staged.State.Add(s.Chunk)
	d.Staged.Next++
}

func copied(s kv.State) kv.State {
	c := kv.State{Applied: s.Applied, Items: map[string]kv.Item{}, Sessions: map[string]kv.Session{}}
	maps.Copy(c.Items, s.Items)
	maps.Copy(c.Sessions, s.Sessions)
	return c
}

// run delivers messages and lets time pass in steps of 10 ms.
func (c *cluster) run(d time.Duration) {
	for end := c.now + d; c.now < end; c.now += 10 * time.Millisecond {
		for _, id := range c.ids {
			c.step(id, Tick{})
		}
		for len(c.mail) > 0 {
			m := c.mail[0]
			c.mail = c.mail[1:]
			if !c.cutOff[m.from] && !c.cutOff[m.to] && c.replicas[m.to] != nil {
				c.step(m.to, Received{From: m.from, Data: m.data})
			}
		}
	}
}

// leader waits until one of the connected replicas leads the others.
func (c *cluster) leader() raft.ID {
	for range 500 {
		c.run(10 * time.Millisecond)
		for _, id := range c.ids {
			s := c.replicas[id].Status()
			if s.Role == raft.Leader && !c.cutOff[id] && s.Commit == s.LastIndex {
				return id
			}
		}
	}
	c.t.Fatal("no leader")
	return raft.None
}

func (c *cluster) follower() raft.ID { return c.otherThan(c.leader()) }

// otherThan returns a replica that is not this one.
func (c *cluster) otherThan(leader raft.ID) raft.ID {
	return c.ids[slices.IndexFunc(c.ids, func(id raft.ID) bool { return id != leader })]
}

// request sends a request and returns its number; the reply comes with run.
func (c *cluster) request(id raft.ID, req Request) uint64 {
	c.nextID++
	req.ID = c.nextID
	c.step(id, req)
	return req.ID
}

func put(key, value string) Request {
	return Request{Command: kv.Command{Op: kv.Put, Key: key, Value: value}}
}

func get(key string) Request { return Request{Read: &Read{Query: kv.Query{Key: key}}} }

func (c *cluster) ok(id uint64) kv.Result {
	c.t.Helper()
	reply, answered := c.replies[id]
	require.True(c.t, answered, "request %d is still open", id)
	require.Nil(c.t, reply.Err)
	return reply.Result
}

func (c *cluster) failed(id uint64) Error {
	c.t.Helper()
	reply, answered := c.replies[id]
	require.True(c.t, answered, "request %d is still open", id)
	require.NotNil(c.t, reply.Err)
	return *reply.Err
}

func TestAWriteIsReadBackThroughTheLeader(t *testing.T) {
	c := newCluster(t, 3)
	leader := c.leader()
	w := c.request(leader, put("k", "v"))
	c.run(20 * time.Millisecond)
	require.NotZero(t, c.ok(w).Revision)
	r := c.request(leader, get("k"))
	c.run(20 * time.Millisecond)
	require.Equal(t, "v", c.ok(r).Value)
}

func TestAFollowerNamesTheLeaderOrForwards(t *testing.T) {
	c := newCluster(t, 3)
	leader, follower := c.leader(), c.follower()
	refused := c.request(follower, put("k", "v"))
	require.Equal(t, Error{Code: NotLeader, Definite: true, Leader: leader}, c.failed(refused))

	forwarded := put("k", "v")
	forwarded.Forward = true
	w := c.request(follower, forwarded)
	read := get("k")
	read.Forward = true
	c.run(20 * time.Millisecond)
	c.ok(w)
	r := c.request(follower, read)
	c.run(20 * time.Millisecond)
	require.Equal(t, "v", c.ok(r).Value)
}

func TestNothingIsAcknowledgedBeforeAMajorityHoldsItDurably(t *testing.T) {
	c := newCluster(t, 3)
	leader := c.leader()
	for _, id := range c.ids {
		if id != leader {
			c.stalled[id] = []Persist{}
		}
	}
	w := c.request(leader, put("k", "v"))
	c.run(100 * time.Millisecond)
	require.NotContains(t, c.replies, w, "acknowledged although only the leader's disk holds it")

	follower := c.otherThan(leader)
	held := c.stalled[follower]
	delete(c.stalled, follower)
	for _, p := range held {
		c.persist(follower, p)
	}
	c.run(20 * time.Millisecond)
	c.ok(w)
}

func TestACutOffLeaderAnswersNoReadAndGivesUpItsWritesInDoubt(t *testing.T) {
	c := newCluster(t, 3)
	old := c.leader()
	c.cutOff[old] = true
	w := c.request(old, put("k", "lost?"))
	r := c.request(old, get("k"))
	c.run(100 * time.Millisecond)
	require.NotContains(t, c.replies, r, "a read was answered without a majority")
	require.NotEqual(t, old, c.leader())
	c.run(time.Second)
	require.Equal(t, LeaderLost, c.failed(w).Code)
	require.False(t, c.failed(w).Definite, "the write may survive in the old leader's log")
	require.True(t, c.failed(r).Definite)
}

func TestARetryWithTheSameSequenceTakesEffectOnce(t *testing.T) {
	c := newCluster(t, 3)
	leader := c.leader()
	req := Request{Command: kv.Command{Op: kv.Append, Key: "k", Value: "x", Client: "c", Seq: 1}}
	first := c.request(leader, req)
	c.run(20 * time.Millisecond)
	again := c.request(leader, req)
	c.run(20 * time.Millisecond)
	require.Equal(t, c.ok(first), c.ok(again))
	r := c.request(leader, get("k"))
	c.run(20 * time.Millisecond)
	require.Equal(t, "x", c.ok(r).Value)
}

func TestWithoutALeaderAForwardedRequestWaitsAndThenFailsDefinitely(t *testing.T) {
	c := newCluster(t, 3)
	follower := c.follower()
	for _, id := range c.ids {
		c.cutOff[id] = true
	}
	c.run(700 * time.Millisecond) // the leader is given up
	req := put("k", "v")
	req.Forward = true
	w := c.request(follower, req)
	c.run(500 * time.Millisecond)
	require.NotContains(t, c.replies, w)
	c.run(600 * time.Millisecond)
	require.Equal(t, Error{Code: NoLeader, Definite: true}, c.failed(w))
}

func TestARestartedReplicaContinuesFromItsDisk(t *testing.T) {
	c := newCluster(t, 3)
	leader := c.leader()
	w := c.request(leader, put("k", "v"))
	c.run(100 * time.Millisecond)
	c.ok(w)
	for _, id := range c.ids {
		// What was applied but not durable may be lost; the log brings it back.
		c.disks[id].State = kv.State{Applied: c.disks[id].Base.Index}
		c.restart(id)
	}
	leader = c.leader()
	r := c.request(leader, get("k"))
	c.run(20 * time.Millisecond)
	require.Equal(t, "v", c.ok(r).Value)
	c.run(100 * time.Millisecond)
	hashes := map[uint64]bool{}
	for _, id := range c.ids {
		hashes[c.replicas[id].Status().StateHash] = true
	}
	require.Len(t, hashes, 1, "equal applied index, different states")
}

func TestAnAnswerMeantForAnEarlierLifeIsIgnored(t *testing.T) {
	c := newCluster(t, 3)
	follower := c.follower()
	c.step(follower, Received{From: c.leader(), Data: encode(envelope{Reply: &peerReply{Nonce: 7}})})
	require.Empty(t, c.replies)
}

func TestAReplicaThatWasStalledHearsItsLeaderBeforeItCampaigns(t *testing.T) {
	c := newCluster(t, 3)
	leader, follower := c.leader(), c.follower()
	term := c.replicas[leader].Status().Term
	c.now += 5 * time.Second // nobody runs
	c.step(follower, Tick{})
	require.Equal(t, leader, c.replicas[follower].Status().Leader)
	c.run(time.Second)
	require.Equal(t, term, c.replicas[leader].Status().Term, "an election was held although nobody failed")
}

func TestAnInvalidCommandIsRefusedBeforeItReachesTheLog(t *testing.T) {
	c := newCluster(t, 1)
	leader := c.leader()
	before := c.replicas[leader].Status().LastIndex
	w := c.request(leader, put("", "v"))
	require.Equal(t, Error{Code: Invalid, Definite: true}, c.failed(w))
	require.Equal(t, before, c.replicas[leader].Status().LastIndex)
}

func TestTheSameInputsGiveTheSameEffects(t *testing.T) {
	trace := func() string {
		c := newCluster(t, 3)
		leader := c.leader()
		for i := range 20 {
			c.request(leader, put("k", fmt.Sprint(i)))
			c.run(10 * time.Millisecond)
		}
		return fmt.Sprint(c.replies, c.replicas[leader].Status(), c.disks[leader].Entries)
	}
	require.Equal(t, trace(), trace())
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(envelope{Raft: &raft.Message{Type: raft.Append, From: "n1", To: "n2", Term: 3, Entries: []raft.Entry{{Index: 1, Term: 1}}}}))
	f.Add(encode(envelope{Raft: &raft.Message{Type: raft.AppendReply, From: "n1", To: "n2", Term: 300, Index: 2, LogTerm: 2, Match: 9, Round: 4, Refused: true}}))
	f.Add(encode(envelope{Raft: &raft.Message{Type: raft.Append, From: "n1", To: "n2", Term: 3, Index: 1, Entries: []raft.Entry{{Index: 2, Term: 1, Data: []byte("x")}}}}))
	f.Add(encode(envelope{Forward: &forward{Nonce: 1, Term: 2, Command: &kv.Command{Op: kv.Put, Key: "k"}}}))
	f.Add(encode(envelope{Forward: &forward{Nonce: 1, Term: 2, Change: &raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: "n4"}}}}))
	f.Add(encode(envelope{ReadIndex: &readIndexRequest{Nonce: 1, Lease: true}}))
	f.Add(encode(envelope{Raft: &raft.Message{Type: raft.SnapshotReply, From: "n1", To: "n2", Term: 3, Meta: &raft.SnapshotMeta{Index: 4, Term: 2}, Chunk: 7}}))
	f.Add(encode(envelope{Reply: &peerReply{Nonce: 1, Err: &Error{Code: Timeout}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decode(data)
		if err != nil {
			return
		}
		again, err := decode(encode(e))
		require.NoError(t, err)
		require.Equal(t, e, again)
	})
}
