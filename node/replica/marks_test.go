package replica

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/marks"
	"senkei/node/marks/markstest"
	"senkei/node/raft"
)

// stories lead three replicas, of which one leads, to each mark of this package.
var stories = map[marks.Mark]func(c *cluster, leader, follower raft.ID){
	marks.WritesOverlapped: func(c *cluster, leader, _ raft.ID) {
		c.stalled[leader] = []Persist{}
		c.request(leader, put("k", "v"))
		c.request(leader, put("k", "w"))
	},
	marks.AfterPersistWaited: func(c *cluster, leader, follower raft.ID) {
		c.stalled[follower] = []Persist{}
		c.request(leader, put("k", "v"))
		c.run(100 * time.Millisecond) // a heartbeat follows
	},
	marks.CommandRepeated: func(c *cluster, leader, _ raft.ID) { c.inSession(leader, 1, 1) },
	marks.SequenceStale:   func(c *cluster, leader, _ raft.ID) { c.inSession(leader, 1, 2, 1) },
	marks.SessionUnknown:  func(c *cluster, leader, _ raft.ID) { c.inSession(leader, 2) },
	marks.RemovedSentAway: func(c *cluster, leader, _ raft.ID) {
		c.request(leader, Request{Change: &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: leader}}})
		c.run(time.Second)
		c.request(leader, passedOn(put("k", "v")))
	},
	marks.RequestParked: func(c *cluster, _, follower raft.ID) { c.parked(follower) },
	marks.DeadlineParked: func(c *cluster, _, follower raft.ID) {
		c.parked(follower)
		c.run(1100 * time.Millisecond)
	},
	marks.DeadlineUnderWay: func(c *cluster, _, follower raft.ID) {
		c.request(follower, passedOn(put("k", "v")))
		c.mail = nil
		c.run(1100 * time.Millisecond)
	},
	marks.WriteAwaitsTransfer: func(c *cluster, leader, follower raft.ID) {
		c.request(leader, Request{Transfer: &Transfer{To: follower}})
		c.request(leader, put("k", "v"))
	},
	marks.LeaderLost: func(c *cluster, leader, _ raft.ID) { c.cutOffWith(leader, put("k", "v")) },
	marks.ReadLost:   func(c *cluster, leader, _ raft.ID) { c.cutOffWith(leader, get("k")) },
	marks.ReplyUnwanted: func(c *cluster, leader, follower raft.ID) {
		c.step(follower, Received{From: leader, Data: encode(envelope{Reply: &peerReply{Nonce: 7}})})
	},
	marks.ForwardRefused:   func(c *cluster, leader, follower raft.ID) { c.astray(leader, follower, put("k", "v")) },
	marks.ReadIndexRefused: func(c *cluster, leader, follower raft.ID) { c.astray(leader, follower, get("k")) },
	marks.FollowerReadBehind: func(c *cluster, leader, follower raft.ID) {
		c.stalled[follower] = []Persist{}
		c.request(leader, put("k", "v"))
		c.run(10 * time.Millisecond)
		c.request(follower, passedOn(get("k")))
		c.run(10 * time.Millisecond)
	},
	marks.ForwardRepeated: func(c *cluster, leader, follower raft.ID) {
		c.request(follower, passedOn(put("k", "v")))
		c.step(leader, Received{From: follower, Data: c.mail[len(c.mail)-1].data})
		c.run(10 * time.Millisecond)
	},
	marks.ForwardOutlived: func(c *cluster, leader, follower raft.ID) {
		f := forward{Nonce: 2, First: 1, Term: 1, Command: &kv.Command{Op: kv.Put, Key: "k"}}
		c.step(leader, Received{From: follower, Data: encode(envelope{Forward: &f})})
	},
	marks.PauseForgiven: func(c *cluster, _, follower raft.ID) {
		c.now += time.Second
		c.step(follower, Tick{})
	},
}

// inSession has a client send commands with these sequence numbers, one after the other.
func (c *cluster) inSession(leader raft.ID, seqs ...uint64) {
	for _, seq := range seqs {
		c.request(leader, Request{Command: kv.Command{Op: kv.Put, Key: "k", Client: "c", Seq: seq}})
		c.run(10 * time.Millisecond)
	}
}

// parked gives a request to a replica that knows no leader.
func (c *cluster) parked(id raft.ID) {
	for _, id := range c.ids {
		c.cutOff[id] = true
	}
	c.run(700 * time.Millisecond)
	c.request(id, passedOn(put("k", "v")))
}

// cutOffWith gives a request to a leader that hears nobody any more, and waits until it has
// noticed.
func (c *cluster) cutOffWith(leader raft.ID, req Request) {
	c.cutOff[leader] = true
	c.request(leader, req)
	c.run(time.Second)
}

// astray gives a request to a follower, and what that sends to the leader to the third replica.
func (c *cluster) astray(leader, follower raft.ID, req Request) {
	c.request(follower, passedOn(req))
	m := c.mail[len(c.mail)-1]
	require.Equal(c.t, leader, m.to)
	for _, id := range c.ids {
		if id != leader && id != follower {
			c.step(id, Received{From: follower, Data: m.data})
		}
	}
	c.run(10 * time.Millisecond)
}

func TestEveryMarkOfTheReplicaHasAStoryThatLeadsToIt(t *testing.T) {
	for _, m := range markstest.In(t, ".") {
		require.Contains(t, stories, m, "%s has no story", m)
	}
	for m, play := range stories {
		t.Run(m.String(), func(t *testing.T) {
			var hit marks.Counts
			c := newClusterWith(t, 3, Config{Marks: &hit})
			leader := c.leader()
			before := hit[m]
			play(c, leader, c.otherThan(leader))
			require.Greater(t, hit[m], before)
		})
	}
}
