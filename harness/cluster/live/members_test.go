package live_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/history"
)

// changing is a system of three nodes whose members change. Each look at the cluster
// promotes the learners and commits what is not committed yet.
type changing struct {
	fake
	mu      sync.Mutex
	leader  history.NodeID
	members map[history.NodeID]bool // whether it votes
	commit  uint64
	index   uint64
	refuse  []error // answers to the next requests
	asked   []string
	lost    bool // no node answers
}

func newChanging() *changing {
	return &changing{leader: "n1", members: map[history.NodeID]bool{"n1": true, "n2": true, "n3": true}}
}

// operator is who changes a cluster.
type operator interface {
	cluster.Members
	Transfer(ctx context.Context, to history.NodeID) error
}

func (c *changing) operator(t *testing.T) operator {
	addrs := map[history.NodeID]live.Address{}
	for _, n := range []history.NodeID{"n1", "n2", "n3"} {
		addrs[n] = live.Address{Client: string(n), Peer: "peer-" + string(n)}
	}
	s := live.New(c, addrs, minute)
	t.Cleanup(s.Close)
	m, err := cluster.As[cluster.Members](equip(s))
	require.NoError(t, err)
	l, err := cluster.As[cluster.Leadership](equip(s))
	require.NoError(t, err)
	return struct {
		cluster.Members
		cluster.Leadership
	}{m, l}
}

func (c *changing) Status(_ context.Context, addr string) (cluster.Status, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := history.NodeID(addr)
	if n != c.leader || c.lost {
		return cluster.Status{Node: n}, errors.New("no answer")
	}
	s := cluster.Status{Node: n, Leader: n, Leads: true, Term: 1, Commit: c.commit, Configuration: c.index}
	for id, votes := range c.members {
		s.Members = append(s.Members, cluster.Member{Node: id, Voter: votes})
		if c.commit == c.index && !votes {
			c.members[id] = true
			c.index++
		}
	}
	c.commit = c.index
	return s, nil
}

func (c *changing) request(addr, what string, do func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, addr+": "+what)
	if len(c.refuse) > 0 {
		err := c.refuse[0]
		c.refuse = c.refuse[1:]
		return err
	}
	c.index++
	do()
	return nil
}

func (c *changing) AddMember(_ context.Context, addr string, n history.NodeID, peer string) error {
	return c.request(addr, fmt.Sprintf("add %s at %s", n, peer), func() { c.members[n] = false })
}

func (c *changing) RemoveMember(_ context.Context, addr string, n history.NodeID) error {
	return c.request(addr, fmt.Sprintf("remove %s", n), func() {
		delete(c.members, n)
		if n == c.leader {
			c.leader = "n3"
		}
	})
}

func (c *changing) Transfer(_ context.Context, addr string, to history.NodeID) error {
	return c.request(addr, fmt.Sprintf("transfer to %s", to), func() { c.leader = to })
}

func (c *changing) voters() []history.NodeID {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []history.NodeID
	for n, votes := range c.members {
		if votes {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

func TestMembersLeaveOneAfterTheOtherAndVoteAgainAfterwards(t *testing.T) {
	c := newChanging()
	c.refuse = []error{errors.New("another change is under way")}
	s := c.operator(t)
	require.NoError(t, s.Remove(t.Context(), "n1", "n2"))
	require.Equal(t, []history.NodeID{"n3"}, c.voters())
	require.Equal(t, []string{"n1: remove n1", "n1: remove n1", "n3: remove n2"}, c.asked, "the leader is asked, and again if it refuses")
	require.NoError(t, s.Remove(t.Context(), "n1"))
	require.Len(t, c.asked, 3, "who is no member is not removed again")

	require.NoError(t, s.Add(t.Context(), "n1", "n2"))
	require.Equal(t, []history.NodeID{"n1", "n2", "n3"}, c.voters(), "Add waits until they vote")
	require.Equal(t, []string{"n3: add n1 at peer-n1", "n3: add n2 at peer-n2"}, c.asked[3:])
	require.NoError(t, s.Add(t.Context(), "n1", "n2"))
	require.Len(t, c.asked, 5)
}

func TestTheLeadershipIsHandedOver(t *testing.T) {
	c := newChanging()
	s := c.operator(t)
	require.NoError(t, s.Transfer(t.Context(), "n2"))
	require.NoError(t, s.Transfer(t.Context(), "n2"), "it leads already")
	require.Equal(t, []string{"n1: transfer to n2"}, c.asked)
}

func TestAChangeThatCannotBeHadSaysWhatStoodInTheWay(t *testing.T) {
	c := newChanging()
	s := c.operator(t)
	require.ErrorContains(t, s.Remove(t.Context(), "n9"), `"n9" is not a node of this cluster`)

	c.refuse = []error{errors.New("it is the only voter")}
	ctx, cancel := context.WithCancel(t.Context())
	c.lost = true
	cancel()
	err := s.Add(ctx, "n1")
	require.ErrorContains(t, err, "n1: no leader answers")
	require.ErrorIs(t, err, context.Canceled)
}
