package processes

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/api"
	"senkei/node/raft"
)

const (
	// waitMax bounds every wait. A machine that is busy with other things can need it.
	waitMax = 60 * time.Second
	// pollInterval is how long a wait pauses between two looks.
	pollInterval = 20 * time.Millisecond
)

// cluster is the nodes that are members, or are about to be.
type cluster struct {
	t     *testing.T
	dir   string
	made  int // nodes, so that each gets a new name
	nodes []*node
}

// newCluster makes a cluster of count nodes, which do not run yet. Each gets args too.
func newCluster(t *testing.T, count int, args ...string) *cluster {
	c := &cluster{t: t, dir: t.TempDir()}
	var peers []string
	for range count {
		n := c.add(args...)
		peers = append(peers, fmt.Sprintf("%s=%s", n.id, n.peer))
	}
	for _, n := range c.nodes {
		n.args = append(n.args, "--peers", strings.Join(peers, ","))
	}
	return c
}

// add makes one node more.
func (c *cluster) add(args ...string) *node {
	c.made++
	n := newNode(c.t, raft.ID(fmt.Sprintf("n%d", c.made)), c.dir)
	n.args = slices.Clone(args)
	c.nodes = append(c.nodes, n)
	return n
}

// start starts the nodes that do not run and waits until all agree.
func (c *cluster) start() *cluster {
	c.t.Helper()
	for _, n := range c.nodes {
		if n.cmd == nil {
			n.start()
		}
	}
	c.awaitAgreement()
	return c
}

// node returns the node with an ID.
func (c *cluster) node(id raft.ID) *node {
	c.t.Helper()
	i := slices.IndexFunc(c.nodes, func(n *node) bool { return n.id == id })
	require.GreaterOrEqual(c.t, i, 0, "no node %s", id)
	return c.nodes[i]
}

// others returns the nodes without one.
func (c *cluster) others(without *node) []*node {
	return slices.DeleteFunc(slices.Clone(c.nodes), func(n *node) bool { return n == without })
}

// await waits until check returns nil.
func await(t *testing.T, check func() error) {
	t.Helper()
	over := time.After(waitMax)
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-over:
			require.NoError(t, err, "even after %v", waitMax)
		}
	}
}

// awaitLeader waits until a node of these says that it leads and the others say so too, and
// returns it with its status.
func (c *cluster) awaitLeader(nodes ...*node) (leader *node, status api.Status) {
	c.t.Helper()
	await(c.t, func() error {
		var seen []api.Status
		for _, n := range nodes {
			s, err := n.status()
			if err != nil {
				return err
			}
			if s.ID == s.Leader {
				leader, status = n, s
			}
			seen = append(seen, s)
		}
		for _, s := range seen {
			if s.Leader == raft.None || s.Leader != seen[0].Leader {
				return fmt.Errorf("%s follows %q, %s follows %q", s.ID, s.Leader, seen[0].ID, seen[0].Leader)
			}
		}
		if leader == nil || leader.id != seen[0].Leader {
			return fmt.Errorf("%s, whom all follow, is not among them or does not lead", seen[0].Leader)
		}
		return nil
	})
	return leader, status
}

// awaitAgreement waits until all nodes follow one leader and hold the same state, which
// they can only while nobody writes. It returns that leader.
func (c *cluster) awaitAgreement() (leader *node) {
	c.t.Helper()
	await(c.t, func() error {
		var first api.Status
		for i, n := range c.nodes {
			s, err := n.status()
			if err != nil {
				return err
			}
			if i == 0 {
				first = s
			}
			if s.Leader == raft.None || s.Leader != first.Leader || s.Applied != first.Applied {
				return fmt.Errorf("%s and %s disagree: leader %q and %q, applied %d and %d",
					first.ID, s.ID, first.Leader, s.Leader, first.Applied, s.Applied)
			}
			require.Equal(c.t, first.StateHash, s.StateHash, "%s and %s at %d", first.ID, s.ID, s.Applied)
		}
		leader = c.node(first.Leader)
		return nil
	})
	return leader
}

// awaitCaughtUp waits until a node has applied what another has applied now.
func (c *cluster) awaitCaughtUp(n, with *node) {
	c.t.Helper()
	var goal api.Status
	await(c.t, func() (err error) {
		goal, err = with.status()
		return err
	})
	await(c.t, func() error {
		s, err := n.status()
		if err == nil && s.Applied < goal.Applied {
			err = fmt.Errorf("%s has applied %d, not yet %d", s.ID, s.Applied, goal.Applied)
		}
		return err
	})
}
