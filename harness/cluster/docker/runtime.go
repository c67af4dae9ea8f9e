package docker

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/docker/docker/client"

	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/history"
)

// Options of a Runtime.
type Options struct {
	// Run is the name of the run, which no other run that is under way may have. It
	// becomes part of the names of everything that is made: at most 40 letters,
	// digits, "_", "." and "-".
	Run string
	// AgentBinary is the path of the static senkei-agent.
	AgentBinary string
	// OpTimeout is when an operation ends with an unknown outcome; 0 means 1 s.
	OpTimeout time.Duration
	// Progress, if set, is told what Start is doing, one short line at a time.
	Progress func(string)
}

// Runtime starts clusters in containers of the local Docker daemon.
type Runtime struct{ opts Options }

var _ cluster.Runtime = (*Runtime)(nil)

// New returns a runtime. It does not speak to the daemon yet.
func New(opts Options) *Runtime {
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	if opts.OpTimeout == 0 {
		opts.OpTimeout = time.Second
	}
	return &Runtime{opts: opts}
}

// Name is "docker".
func (r *Runtime) Name() string { return "docker" }

// Offers says what containers can be made to do.
func (r *Runtime) Offers(sys cluster.System) cluster.Offers { return live.Offers(sys) }

// Available says in one sentence why the daemon cannot be used, or returns nil.
func Available(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	cli, err := connect()
	if err != nil {
		return err
	}
	defer cli.Close()
	ping, err := cli.Ping(ctx)
	if err != nil {
		return fmt.Errorf("the Docker daemon does not answer: %w", err)
	}
	if ping.OSType != "linux" {
		return fmt.Errorf("the Docker daemon runs %s containers, Linux is needed", ping.OSType)
	}
	return nil
}

// connect finds the daemon as the docker command does, and speaks the newest version
// of its API that both sides know.
func connect() (*client.Client, error) {
	cli, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return nil, fmt.Errorf("find the Docker daemon: %w", err)
	}
	return cli, nil
}

// Start creates the network, then all pairs of containers side by side, and returns
// when every node answers. On an error it removes what it had made, also when ctx is
// what ended it.
func (r *Runtime) Start(ctx context.Context, sys cluster.System, nodes []history.NodeID) (cluster.Cluster, error) {
	if err := r.validate(nodes); err != nil {
		return nil, err
	}
	if err := r.Offers(sys).Lacks(); err != nil {
		return nil, err
	}
	cli, err := connect()
	if err != nil {
		return nil, err
	}
	c := newCluster(cli, sys, r.opts, nodes)
	// The network stands for the run: while its name is taken nothing else is made, so
	// that there is nothing to remove either.
	if err := c.createNetwork(ctx); err != nil {
		return nil, errors.Join(err, cli.Close())
	}
	if err := c.start(ctx, r.opts); err != nil {
		return nil, fmt.Errorf("start %s in Docker: %w", sys.Name(), c.abandon(err))
	}
	return c.Equip(c), nil
}

var (
	runName  = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,39}$`)
	hostName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]{0,39}$`)
)

func (r *Runtime) validate(nodes []history.NodeID) error {
	if !runName.MatchString(r.opts.Run) {
		return fmt.Errorf("%q cannot name a run: it takes 1 to 40 letters, digits, \"_\", \".\" and \"-\"", r.opts.Run)
	}
	seen := map[history.NodeID]bool{}
	for _, n := range nodes {
		if !hostName.MatchString(string(n)) {
			return fmt.Errorf("%q cannot name a node: it takes 1 to 40 letters, digits and \"-\"", n)
		}
		if seen[n] {
			return fmt.Errorf("two nodes are named %s", n)
		}
		seen[n] = true
	}
	return nil
}
