package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/api"
	"senkei/node/raft"
	"senkei/node/replica"
)

// change asks for a change of the configuration until it is granted.
func (c *cluster) change(change raft.Change) {
	require.Eventually(c.t, func() bool {
		reply := c.leader().server.Do(context.Background(), replica.Request{Change: &change})
		return reply.Err == nil
	}, waitMax, time.Millisecond, "%+v", change)
}

// voters waits until a node's configuration has as many voters.
func (c *cluster) voters(n *node, count int) {
	require.Eventually(c.t, func() bool {
		s, _ := n.server.Status()
		return s.Configuration.Voters() == count
	}, waitMax, time.Millisecond)
}

func TestAClusterGrowsAndShrinksAndNewServersGetTheState(t *testing.T) {
	c := (&cluster{t: t, founders: 1, margin: 10}).start(memories(3)...)
	client := c.nodes[0].client(t, api.Options{Forward: true, Retries: 20})
	for i := range 100 {
		_, err := client.Put(t.Context(), fmt.Sprint(i), "v")
		require.NoError(t, err)
	}
	for _, n := range c.nodes[1:] {
		c.change(raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: n.id, Addr: n.peers}})
		require.Eventually(t, func() bool {
			s, _ := n.server.Status()
			return s.Configuration.Voter(n.id)
		}, waitMax, time.Millisecond)
		s, _ := n.server.Status()
		require.Equal(t, uint64(1), s.SnapshotsInstalled)
		reply, err := n.client(t, api.Options{Forward: true, Retries: 20}).Get(t.Context(), "42")
		require.NoError(t, err)
		require.Equal(t, "v", reply.Value)
	}

	c.change(raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: "n1"}})
	for _, n := range c.nodes[1:] {
		c.voters(n, 2)
	}
	require.NoError(t, c.nodes[0].stop(), "the removed one is not needed any more")
	require.NotEqual(t, raft.ID("n1"), c.leader().id)
	_, err := c.nodes[1].client(t, api.Options{Forward: true, Retries: 20}).Put(t.Context(), "42", "w")
	require.NoError(t, err)
}

func TestALeaderThatIsStoppedHandsOverFirst(t *testing.T) {
	c := startCluster(t, memories(3)...)
	old := c.leader()
	before, _ := old.server.Status()
	require.NoError(t, old.stop())
	// Nobody had to wait until the old leader was missed: there is one in the next term.
	after, _ := c.leader().server.Status()
	require.Equal(t, before.Term+1, after.Term)
}

func TestTheTraceTellsOfRolesTermsCommitsAndConfigurations(t *testing.T) {
	c := (&cluster{t: t, founders: 1}).start(memories(2)...)
	n := c.leader()
	c.change(raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: "n2", Addr: c.nodes[1].peers}})
	c.voters(n, 2)
	require.NoError(t, n.stop())

	var lines []traceLine
	for s := bufio.NewScanner(&n.trace); s.Scan(); {
		var line traceLine
		require.NoError(t, json.Unmarshal(s.Bytes(), &line))
		lines = append(lines, line)
	}
	var roles []string
	var voters []int
	for i, line := range lines {
		require.Equal(t, raft.ID("n1"), line.Node)
		if i > 0 {
			require.GreaterOrEqual(t, line.Term, lines[i-1].Term)
			require.GreaterOrEqual(t, line.Commit, lines[i-1].Commit)
		}
		if i == 0 || line.Role != lines[i-1].Role {
			roles = append(roles, line.Role)
		}
		if n := len(line.Configuration); n > 0 {
			voters = append(voters, n)
		}
	}
	require.Contains(t, roles, "leader")
	require.Equal(t, []int{2, 2}, voters, "once as a learner, once as a voter")
}
