package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/history"
)

// removeTimeout bounds the removal of a whole run.
const removeTimeout = time.Minute

// Cluster is a running set of nodes in containers.
type Cluster struct {
	*live.Shell
	cli  *client.Client
	http *http.Client // to the agents
	sys  cluster.System
	run  string

	order []history.NodeID
	nodes map[history.NodeID]*node

	cutting sync.Mutex // held while links are cut or mended
	ending  sync.Once
	ended   error // what Close returns
}

var (
	_ cluster.Cluster  = (*Cluster)(nil)
	_ cluster.Killer   = (*Cluster)(nil)
	_ cluster.Pauser   = (*Cluster)(nil)
	_ cluster.Network  = (*Cluster)(nil)
	_ cluster.Logger   = (*Cluster)(nil)
	_ cluster.Detacher = (*Cluster)(nil)
)

func newCluster(cli *client.Client, sys cluster.System, opts Options, ids []history.NodeID) *Cluster {
	c := &Cluster{
		cli: cli, sys: sys, run: opts.Run,
		http:  &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1}},
		order: slices.Clone(ids),
		nodes: map[history.NodeID]*node{},
	}
	for _, id := range ids {
		c.nodes[id] = &node{id: id, dropped: map[history.NodeID]bool{}}
	}
	return c
}

// Nodes returns the nodes in the order in which Start was given them.
func (c *Cluster) Nodes() []history.NodeID { return slices.Clone(c.order) }

// Close ends the operations and removes the containers, the network and the volumes.
// It also returns an error for every node that stopped without having been killed: its
// exit code and the last line that it logged; and for every net container that stopped,
// because the cuts of its node were not in force any more.
func (c *Cluster) Close() error {
	c.ending.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
		defer cancel()
		c.ended = errors.Join(c.stop(ctx), c.release(ctx))
	})
	return c.ended
}

// Detach leaves the containers as they are, which is until Heal finds this process dead: the
// cuts are in force in the net containers, and a paused node stays paused. It returns the
// same errors as Close. A Close that follows does nothing.
func (c *Cluster) Detach() (map[history.NodeID]string, error) {
	c.ending.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
		defer cancel()
		c.ended = errors.Join(c.stop(ctx), c.hangUp())
	})
	return c.ClientAddresses(), c.ended
}

// stop ends the operations and returns an error for all that stopped on its own.
func (c *Cluster) stop(ctx context.Context) error {
	c.Shell.Close()
	var failed []error
	for _, id := range c.order {
		n := c.nodes[id]
		_, err := c.state(ctx, n)
		failed = append(append(failed, n.died...), err, c.netRuns(ctx, n))
	}
	return errors.Join(failed...)
}

// abandon removes what a failed start had made. Its context is its own: a run that
// was interrupted must be removed as well.
func (c *Cluster) abandon(cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	return errors.Join(cause, c.release(ctx))
}

func (c *Cluster) release(ctx context.Context) error {
	_, err := remove(ctx, c.cli, c.labels(), func(map[string]string) bool { return true }, func(string) {})
	return errors.Join(err, c.hangUp())
}

// hangUp ends the connections to the agents and to the daemon.
func (c *Cluster) hangUp() error {
	c.http.CloseIdleConnections()
	return c.cli.Close()
}

// Log copies what the node has logged since it was first started.
func (c *Cluster) Log(ctx context.Context, id history.NodeID, w io.Writer) error {
	n, ok := c.nodes[id]
	if !ok {
		return fmt.Errorf("log of %q: not a node of this cluster", id)
	}
	if err := c.copyLog(ctx, n, "all", w); err != nil {
		return fmt.Errorf("log of %s: %w", id, err)
	}
	return nil
}
