package processes

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/raft"
)

func TestAClusterGrowsFromOneToFiveAndShrinksToThreeUnderLoad(t *testing.T) {
	c := newCluster(t, 1).start()
	load := c.load(6)
	for range 4 {
		load.awaitProgress(300)
		c.awaitVoters(c.join())
		load.ask(c.nodes...)
	}

	load.awaitProgress(300)
	leader, _ := c.awaitLeader(c.nodes...)
	c.remove(leader, load)
	leader, _ = c.awaitLeader(c.nodes...)
	c.remove(c.others(leader)[0], load)

	load.verify()
	c.awaitAgreement()
	c.awaitVoters(c.nodes...)
	require.Len(t, c.nodes, 3)
	require.Less(t, load.gap, gapMax)
}

// join starts a node that asks the others to be added.
func (c *cluster) join() *node {
	c.t.Helper()
	var members []string
	for _, n := range c.nodes {
		members = append(members, n.client)
	}
	n := c.add("--join", strings.Join(members, ","))
	n.start()
	return n
}

// awaitVoters waits until these nodes know that the cluster's members are its nodes, each
// of which votes.
func (c *cluster) awaitVoters(nodes ...*node) {
	c.t.Helper()
	want := map[raft.ID]bool{}
	for _, n := range c.nodes {
		want[n.id] = true
	}
	await(c.t, func() error {
		for _, n := range nodes {
			s, err := n.status()
			if err != nil {
				return err
			}
			voters := map[raft.ID]bool{}
			for _, m := range s.Configuration {
				voters[m.ID] = m.Voter
			}
			if !maps.Equal(voters, want) {
				return fmt.Errorf("%s knows the voters %v, not yet %v", n.id, voters, want)
			}
		}
		return nil
	})
}

// remove takes a member out of the cluster, and stops it once the others can do without.
// The writers turn to these before: a node that is no member any more can only say so.
func (c *cluster) remove(n *node, load *load) {
	c.t.Helper()
	rest := c.others(n)
	load.ask(rest...)
	load.awaitProgress(300)
	_, err := rest[0].open(writerRetries).RemoveMember(c.t.Context(), n.id)
	require.NoError(c.t, err)
	c.nodes = rest
	c.awaitVoters(rest...)
	load.awaitProgress(300)
	n.stop()
}
