package server

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/node/api"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// waitMax bounds every wait; a test that needs it all fails.
const waitMax = 20 * time.Second

// node is one server of a test, with what survives its stop.
type node struct {
	id      raft.ID
	storage storage.Store
	peers   string // addresses, fixed by the first start
	clients string
	trace   bytes.Buffer // may be read once it is stopped
	server  *Server
	stop    func() error // nil while it is stopped
}

// cluster is a set of servers in this process that talk over TCP.
type cluster struct {
	t     *testing.T
	nodes []*node
	// founders is how many of the nodes the cluster begins with; the others wait to be added.
	founders int
	margin   uint64
}

func startCluster(t *testing.T, storages ...storage.Store) *cluster {
	return (&cluster{t: t, founders: len(storages)}).start(storages...)
}

func (c *cluster) start(storages ...storage.Store) *cluster {
	t := c.t
	var listeners [][2]net.Listener
	for i, s := range storages {
		pair := [2]net.Listener{listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")}
		listeners = append(listeners, pair)
		c.nodes = append(c.nodes, &node{
			id: raft.ID(fmt.Sprintf("n%d", i+1)), storage: s,
			peers: pair[0].Addr().String(), clients: pair[1].Addr().String(),
		})
	}
	for i, n := range c.nodes {
		c.run(n, listeners[i][0], listeners[i][1])
	}
	t.Cleanup(func() {
		for _, n := range c.nodes {
			if n.stop != nil {
				require.NoError(t, n.stop())
			}
		}
	})
	return c
}

func memories(n int) []storage.Store {
	all := make([]storage.Store, n)
	for i := range all {
		all[i] = memory.New()
	}
	return all
}

func listen(t *testing.T, addr string) net.Listener {
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	return l
}

func (c *cluster) run(n *node, peers, clients net.Listener) {
	var founders []raft.Server
	for _, other := range c.nodes[:c.founders] {
		founders = append(founders, raft.Server{ID: other.id, Addr: other.peers})
	}
	cfg := Config{
		Replica: replica.Config{
			ID: n.id, Seed: uint64(len(n.id)) + uint64(n.id[1]), SnapshotMargin: c.margin,
			ElectionTimeout: 200 * time.Millisecond, HeartbeatInterval: 20 * time.Millisecond, RequestTimeout: 2 * time.Second,
		},
		Peers: peers, Clients: clients, Advertise: n.clients, PeerAdvertise: n.peers, Storage: n.storage, Trace: &n.trace,
	}
	if slices.Index(c.nodes, n) < c.founders {
		cfg.Bootstrap = raft.NewConfiguration(founders...)
	}
	var err error
	n.server, err = New(cfg)
	require.NoError(c.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.server.Run(ctx) }()
	n.stop = func() error {
		cancel()
		n.stop = nil
		return <-ended
	}
}

func (c *cluster) restart(n *node) { c.run(n, listen(c.t, n.peers), listen(c.t, n.clients)) }

// leader waits until a running node leads and all members that run follow it.
func (c *cluster) leader() *node {
	var leader *node
	require.Eventually(c.t, func() bool {
		leader = nil
		var name raft.ID
		for _, n := range c.nodes {
			if n.stop == nil {
				continue
			}
			s, _ := n.server.Status()
			if _, member := s.Configuration.Find(n.id); !member {
				continue
			}
			if s.Role == raft.Leader {
				leader = n
			}
			if s.Leader == raft.None || name != raft.None && s.Leader != name {
				return false
			}
			name = s.Leader
		}
		return leader != nil && leader.id == name
	}, waitMax, time.Millisecond)
	return leader
}

func (c *cluster) follower() *node {
	leader := c.leader()
	for _, n := range c.nodes {
		if n != leader && n.stop != nil {
			return n
		}
	}
	c.t.Fatal("nobody follows")
	return nil
}

func (n *node) client(t *testing.T, options api.Options) *api.Client {
	c := api.NewClient(n.clients, options)
	t.Cleanup(func() { c.Close() })
	return c
}
