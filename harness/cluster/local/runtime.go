package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/harness/cluster/owner"
	"senkei/history"
)

// Options configure a Runtime.
type Options struct {
	// Dir is the directory of the run. The nodes' logs go to Dir/nodes/<id>.log.
	// Their data goes to a temporary directory, which Close removes.
	Dir string
	// Run is the name of the run, by which Heal tells of what it finds.
	Run string
	// OpTimeout is when an operation ends with an unknown outcome; 0 means 1 s.
	OpTimeout time.Duration
}

// Runtime starts clusters of child processes.
type Runtime struct{ o Options }

var _ cluster.Runtime = (*Runtime)(nil)

// New returns a runtime. It starts nothing yet.
func New(o Options) *Runtime {
	if o.OpTimeout == 0 {
		o.OpTimeout = time.Second
	}
	return &Runtime{o}
}

// Name returns "local".
func (r *Runtime) Name() string { return "local" }

// Offers says what processes can be made to do. Only a binary can be one.
func (r *Runtime) Offers(sys cluster.System) cluster.Offers {
	o := live.Offers(sys)
	if o[cluster.CanStart] == nil && sys.Launch(cluster.Endpoint{}).Binary == "" {
		o[cluster.CanStart] = fmt.Errorf("the local runtime starts binaries, and %s has only an image: choose --runtime docker", sys.Name())
	}
	return o
}

// Start starts a child process for each node and a proxy for each link.
func (r *Runtime) Start(ctx context.Context, sys cluster.System, ids []history.NodeID) (cluster.Cluster, error) {
	if err := r.Offers(sys).Lacks(); err != nil {
		return nil, err
	}
	c := &Cluster{ids: slices.Clone(ids), nodes: map[history.NodeID]*node{}, links: map[cluster.Link]*link{}}
	if err := c.start(ctx, r.o, sys); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c.Equip(c), nil
}

func (c *Cluster) start(ctx context.Context, o Options, sys cluster.System) error {
	if err := c.makeDirs(o); err != nil {
		return err
	}
	endpoints, err := c.connect()
	if err != nil {
		return err
	}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.temp,
		envRun + "=" + o.Run, envOwner + "=" + owner.Self(),
	}
	addrs := map[history.NodeID]live.Address{}
	for _, e := range endpoints {
		addrs[e.ID] = live.Address{Client: e.ClientListen, Peer: e.Peers[e.ID]}
		launch := sys.Launch(e)
		if err := writeFiles(e.DataDir, launch.Files); err != nil {
			return fmt.Errorf("write the files of %s: %w", e.ID, err)
		}
		c.nodes[e.ID] = &node{
			id: e.ID, launch: launch, env: slices.Concat(env, launch.Env), dir: e.DataDir, log: c.log(e.ID),
			serves: func(ctx context.Context, stopped func(context.Context) error) error {
				return live.Serves(ctx, sys, e.ClientListen, stopped)
			},
		}
	}
	if err := live.Each("start", c.ids, c.nodes, func(n *node) error { return n.start(ctx) }); err != nil {
		return err
	}
	c.Shell = live.New(sys, addrs, o.OpTimeout)
	return nil
}

// writeFiles writes files that a node finds in its data directory when it first starts.
func writeFiles(dir string, files map[string]string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for name, content := range files {
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(name, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// makeDirs makes the directory of the logs, and that of the data with one directory
// for each node in it. An older run's logs of the same nodes are removed.
func (c *Cluster) makeDirs(o Options) error {
	c.logs = filepath.Join(o.Dir, "nodes")
	if err := os.MkdirAll(c.logs, 0o755); err != nil {
		return err
	}
	temp, err := TempDir(o.Run)
	if err != nil {
		return err
	}
	c.temp = temp
	for _, id := range c.ids {
		if filepath.Base(string(id)) != string(id) || id == ".." || id == "." {
			return fmt.Errorf("%q is no name for a node: it must do as the name of a file", id)
		}
		// It fails where two nodes have one name.
		if err := os.Mkdir(c.data(id), 0o755); err != nil {
			return err
		}
		if err := os.Remove(c.log(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// connect reserves the ports, starts the proxies and says where each node stands.
func (c *Cluster) connect() ([]cluster.Endpoint, error) {
	endpoints := make([]cluster.Endpoint, len(c.ids))
	for i, id := range c.ids {
		var listen [2]string
		for j := range listen {
			p, err := reserve()
			if err != nil {
				return nil, err
			}
			c.ports = append(c.ports, p)
			listen[j] = p.String()
		}
		endpoints[i] = cluster.Endpoint{
			ID: id, PeerListen: listen[0], ClientListen: listen[1],
			Peers: map[history.NodeID]string{id: listen[0]}, DataDir: c.data(id),
		}
		for _, peer := range c.ids[:i] {
			c.links[cluster.Link{From: id, To: peer}] = newLink()
			c.links[cluster.Link{From: peer, To: id}] = newLink()
		}
	}
	for l, forward := range c.links {
		from, to := slices.Index(c.ids, l.From), slices.Index(c.ids, l.To)
		p, err := newProxy(proxyOptions{
			target:  endpoints[to].PeerListen,
			forward: forward, backward: c.links[cluster.Link{From: l.To, To: l.From}],
		})
		if err != nil {
			return nil, err
		}
		c.proxies = append(c.proxies, p)
		endpoints[from].Peers[l.To] = p.addr()
	}
	return endpoints, nil
}
