package replica

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
)

// settle runs until all replicas that are not cut off have applied the same.
func (c *cluster) settle() {
	for range 500 {
		c.run(10 * time.Millisecond)
		states := map[[2]uint64]bool{}
		for _, id := range c.ids {
			if !c.cutOff[id] {
				s := c.replicas[id].Status()
				states[[2]uint64{s.Applied, s.StateHash}] = true
			}
		}
		if len(states) == 1 {
			return
		}
	}
	c.t.Fatal("the replicas never agree")
}

// write puts n values and waits until they are acknowledged.
func (c *cluster) write(n int, size int) {
	leader := c.leader()
	var ids []uint64
	for i := range n {
		ids = append(ids, c.request(leader, put(fmt.Sprintf("key%d", i%50), strings.Repeat("v", size)+fmt.Sprint(i))))
	}
	c.run(50 * time.Millisecond)
	for _, id := range ids {
		c.ok(id)
	}
}

func passedOn(req Request) Request {
	req.Forward = true
	return req
}

func TestAFollowerAnswersReadsItselfAndAsksOnceForMany(t *testing.T) {
	c := newCluster(t, 3)
	leader, follower := c.leader(), c.follower()
	w := c.request(leader, put("k", "v"))
	c.run(10 * time.Millisecond)
	c.ok(w)

	c.sent = nil
	var inputs []Input
	for id := range uint64(10) {
		read := passedOn(get("k"))
		read.ID = 100 + id
		inputs = append(inputs, read)
	}
	c.step(follower, inputs...)
	require.Len(t, c.sent, 1, "ten reads that came together take one question")
	require.Empty(t, c.replies[100].Result.Value)
	c.run(20 * time.Millisecond)
	for id := range uint64(10) {
		require.Equal(t, "v", c.ok(100+id).Value)
	}
}

func TestAFollowersReadGoesToTheNextLeaderIfTheFirstIsLost(t *testing.T) {
	c := newCluster(t, 3)
	old, follower := c.leader(), c.follower()
	w := c.request(old, put("k", "v"))
	c.run(100 * time.Millisecond)
	c.ok(w)
	c.cutOff[old] = true
	r := c.request(follower, passedOn(get("k")))
	c.run(900 * time.Millisecond)
	require.Equal(t, "v", c.ok(r).Value)
}

func TestAStaleReadNeedsNobody(t *testing.T) {
	c := newCluster(t, 3)
	c.write(1, 1)
	c.settle()
	follower := c.follower()
	c.cutOff[follower] = true
	r := c.request(follower, Request{Read: &Read{Query: kv.Query{Key: "key0"}, Consistency: Stale}})
	require.Equal(t, "v0", c.ok(r).Value)
}

func TestALeaseReadIsAnsweredAtOnceAndNotAfterTheLeaseHasRunOut(t *testing.T) {
	c := newClusterWith(t, 3, Config{Lease: 250 * time.Millisecond})
	c.write(1, 1)
	leader := c.leader()
	c.run(200 * time.Millisecond)
	lease := Request{Read: &Read{Query: kv.Query{Key: "key0"}, Consistency: Lease}}
	r := c.request(leader, lease)
	require.Equal(t, "v0", c.ok(r).Value)
	require.True(t, c.replicas[leader].Status().Lease)

	// The leader is paused, the others go on without it. What it then reads first is its
	// clock.
	c.now += 2 * time.Second
	r = c.request(leader, lease)
	require.NotContains(t, c.replies, r)
	require.False(t, c.replicas[leader].Status().Lease)
}

func TestAFollowerFarBehindGetsASnapshotWithTheSessions(t *testing.T) {
	c := newClusterWith(t, 3, Config{SnapshotMargin: 20})
	behind := c.follower()
	c.cutOff[behind] = true
	leader := c.leader()
	once := Request{Command: kv.Command{Op: kv.Append, Key: "log", Value: "x", Client: "c", Seq: 1}}
	first := c.request(leader, once)
	c.run(20 * time.Millisecond)
	c.ok(first)
	c.write(100, 20_000) // a few chunks
	require.Greater(t, c.replicas[leader].Status().FirstIndex, uint64(50))

	c.cutOff[behind] = false
	c.settle()
	require.Equal(t, uint64(1), c.replicas[behind].Status().SnapshotsInstalled)
	require.Equal(t, uint64(1), c.replicas[leader].Status().SnapshotsSent)
	require.Nil(t, c.replicas[leader].outgoing, "nobody needs the snapshot any more")

	c.restart(behind)
	c.handOver(leader, behind)
	again := c.request(behind, once)
	c.run(20 * time.Millisecond)
	require.Equal(t, c.ok(first), c.ok(again), "the session came with the snapshot")
	r := c.request(behind, get("log"))
	c.run(20 * time.Millisecond)
	require.Equal(t, "x", c.ok(r).Value)
}

// handOver makes another replica the leader.
func (c *cluster) handOver(from, to raft.ID) {
	id := c.request(from, Request{Transfer: &Transfer{To: to}})
	c.run(200 * time.Millisecond)
	require.Nil(c.t, c.replies[id].Err)
	require.Equal(c.t, to, c.replies[id].Leader)
	require.Equal(c.t, to, c.leader())
}

func TestASnapshotGoesOnWhereARestartInterruptedIt(t *testing.T) {
	c := newClusterWith(t, 3, Config{SnapshotMargin: 20})
	behind := c.follower()
	c.cutOff[behind] = true
	c.write(100, 20_000)
	c.cutOff[behind] = false
	for range 100 {
		c.now += 10 * time.Millisecond
		for _, id := range c.ids {
			c.step(id, Tick{})
		}
		for range 2 { // slowly
			if len(c.mail) > 0 {
				m := c.mail[0]
				c.mail = c.mail[1:]
				c.step(m.to, Received{From: m.from, Data: m.data})
			}
		}
		if s := c.disks[behind].Staged; s != nil && s.Next == 2 {
			break
		}
	}
	require.Equal(t, uint64(2), c.disks[behind].Staged.Next)
	meta := c.disks[behind].Staged.Meta
	c.restart(behind)
	chunks := map[uint64]bool{}
	for range 200 {
		c.sent = nil
		c.run(10 * time.Millisecond)
		for _, l := range c.sent {
			if e, err := decode(l.data); err == nil && e.Raft != nil && e.Raft.Type == raft.Snapshot {
				require.Equal(t, meta.Index, e.Raft.Meta.Index)
				chunks[e.Raft.Chunk] = true
			}
		}
	}
	require.False(t, chunks[0], "it began anew")
	require.True(t, chunks[3])
	require.Equal(t, c.replicas[c.leader()].Status().StateHash, c.replicas[behind].Status().StateHash)
}

func TestAServerJoinsGetsTheStateAndBecomesAVoter(t *testing.T) {
	c := newClusterWith(t, 1, Config{SnapshotMargin: 20})
	c.write(100, 10)
	c.newcomer("n2")
	add := Request{Change: &raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: "n2", Addr: "host:2"}}}
	id := c.request("n1", add)
	c.run(10 * time.Millisecond)
	require.Nil(t, c.replies[id].Err)
	added, _ := c.replies[id].Configuration.Find("n2")
	require.Equal(t, raft.Server{ID: "n2", Addr: "host:2", Learner: true}, added)
	c.settle()
	c.run(200 * time.Millisecond)
	require.True(t, c.replicas["n2"].Status().Configuration.Voter("n2"))
	require.Equal(t, uint64(1), c.replicas["n2"].Status().SnapshotsInstalled)

	// A change can be asked of a follower too.
	remove := passedOn(Request{Change: &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: "n1"}}})
	id = c.request("n2", remove)
	c.run(time.Second)
	require.Nil(t, c.replies[id].Err)
	require.Equal(t, 1, c.replies[id].Configuration.Voters())
	require.Equal(t, raft.ID("n2"), c.leader(), "the leader removed itself")
	refused := c.request("n1", passedOn(put("k", "v")))
	require.Equal(t, Error{Code: NotLeader, Definite: true}, c.failed(refused), "it would wait in vain")
	w := c.request("n2", put("k", "v"))
	c.run(10 * time.Millisecond)
	c.ok(w)
}

func TestAChangeThatCannotBeIsRefusedDefinitely(t *testing.T) {
	c := newCluster(t, 1)
	leader := c.leader()
	change := func(kind raft.ChangeKind, id raft.ID) uint64 {
		return c.request(leader, Request{Change: &raft.Change{Kind: kind, Server: raft.Server{ID: id}}})
	}
	require.Equal(t, Error{Code: LastVoter, Definite: true}, c.failed(change(raft.RemoveServer, leader)))
	require.Equal(t, Error{Code: Invalid, Definite: true}, c.failed(change(raft.AddServer, "")))
	require.Equal(t, Error{Code: Invalid, Definite: true}, c.failed(change(9, "n2")))
	for i := range limits.ServersMax - 1 {
		id := change(raft.AddServer, raft.ID(fmt.Sprintf("m%d", i)))
		c.run(10 * time.Millisecond)
		require.Nil(t, c.replies[id].Err)
	}
	require.Equal(t, Error{Code: TooManyServers, Definite: true}, c.failed(change(raft.AddServer, "more")))
	require.Equal(t, Error{Code: NoTransferee, Definite: true}, c.failed(c.request(leader, Request{Transfer: &Transfer{}})))
}

func TestRequestsWaitWhileTheLeadershipIsHandedOver(t *testing.T) {
	c := newCluster(t, 3)
	leader, follower := c.leader(), c.follower()
	tr := c.request(leader, Request{Transfer: &Transfer{To: follower}})
	w := c.request(leader, passedOn(put("k", "v")))
	require.NotContains(t, c.replies, w)
	c.run(300 * time.Millisecond)
	require.Equal(t, follower, c.replies[tr].Leader)
	c.ok(w)
}

func TestATransferThatFailsLetsTheLeaderGoOn(t *testing.T) {
	c := newCluster(t, 3)
	leader, follower := c.leader(), c.follower()
	c.cutOff[follower] = true
	tr := c.request(leader, Request{Transfer: &Transfer{To: follower}})
	w := c.request(leader, put("k", "v"))
	c.run(400 * time.Millisecond)
	require.Equal(t, TransferFailed, c.failed(tr).Code)
	c.ok(w)
}

func TestALeaderRefusesWhatItCannotCommitInReasonableTime(t *testing.T) {
	c := newCluster(t, 3)
	leader := c.leader()
	for _, id := range c.ids {
		c.cutOff[id] = id != leader
	}
	var last uint64
	for range limits.UncommittedBytesMax/limits.ValueBytesMax + 2 {
		last = c.request(leader, put("k", strings.Repeat("v", limits.ValueBytesMax)))
	}
	require.Equal(t, Error{Code: Overloaded, Definite: true}, c.failed(last))
}
