package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/history"
)

// Cluster is a running cluster of child processes.
type Cluster struct {
	*live.Shell
	ids   []history.NodeID
	nodes map[history.NodeID]*node
	links map[cluster.Link]*link

	logs, temp string // directories; temp holds the data
	ports      []port
	proxies    []*proxy

	closing sync.Once
	closed  error // what Close returns
}

var (
	_ cluster.Cluster  = (*Cluster)(nil)
	_ cluster.Killer   = (*Cluster)(nil)
	_ cluster.Pauser   = (*Cluster)(nil)
	_ cluster.Network  = (*Cluster)(nil)
	_ cluster.Logger   = (*Cluster)(nil)
	_ cluster.Detacher = (*Cluster)(nil)
)

func (c *Cluster) data(id history.NodeID) string { return filepath.Join(c.temp, string(id)) }
func (c *Cluster) log(id history.NodeID) string  { return filepath.Join(c.logs, string(id)+".log") }

// Nodes returns the nodes in the order in which Start was given them.
func (c *Cluster) Nodes() []history.NodeID { return slices.Clone(c.ids) }

// Close kills the nodes and removes their data. If a node had exited on its own, the
// error says which, how and with which last line in its log. It may be called again.
func (c *Cluster) Close() error {
	c.closing.Do(func() {
		c.closed = errors.Join(c.remove(), c.crashed())
	})
	return c.closed
}

// Detach leaves the nodes and their data as they are, which is until Heal finds this process
// dead. The proxies are part of this process and end at once, so that no node hears another
// any more, whatever was cut. A Close that follows does nothing.
func (c *Cluster) Detach() (map[history.NodeID]string, error) {
	c.closing.Do(func() {
		c.letGo()
		c.closed = c.crashed()
	})
	return c.ClientAddresses(), c.closed
}

// crashed names every exit of a node that was not killed.
func (c *Cluster) crashed() error {
	var err error
	for _, id := range c.ids {
		for _, crash := range c.nodes[id].allCrashes() {
			err = errors.Join(err, fmt.Errorf("%s exited on its own: %s", id, crash))
		}
	}
	return err
}

// remove undoes whatever start has done so far.
func (c *Cluster) remove() error {
	if c.Shell != nil {
		c.Shell.Close()
	}
	err := live.Each("stop", slices.Collect(maps.Keys(c.nodes)), c.nodes, func(n *node) error { return n.end(context.Background()) })
	c.letGo()
	if c.temp != "" {
		err = errors.Join(err, os.RemoveAll(c.temp))
	}
	return err
}

// letGo ends all that this process does for the nodes.
func (c *Cluster) letGo() {
	if c.Shell != nil {
		c.Shell.Close()
	}
	for _, p := range c.proxies {
		p.close()
	}
	for _, p := range c.ports {
		p.release()
	}
}

// Kill sends SIGKILL and waits until the processes are gone. A node that does not run
// is an error.
func (c *Cluster) Kill(ctx context.Context, nodes ...history.NodeID) error {
	return live.Each("kill", nodes, c.nodes, func(n *node) error { return n.on(ctx, (*process).kill) })
}

// Restart starts nodes that do not run. One that exits again is an error with the last
// lines of its log.
func (c *Cluster) Restart(ctx context.Context, nodes ...history.NodeID) error {
	return live.Each("restart", nodes, c.nodes, func(n *node) error { return n.start(ctx) })
}

// Pause sends SIGSTOP and waits until all threads are stopped.
func (c *Cluster) Pause(ctx context.Context, nodes ...history.NodeID) error {
	return live.Each("pause", nodes, c.nodes, func(n *node) error { return n.on(ctx, (*process).pause) })
}

// Resume sends SIGCONT and waits until no thread is stopped.
func (c *Cluster) Resume(ctx context.Context, nodes ...history.NodeID) error {
	return live.Each("resume", nodes, c.nodes, func(n *node) error { return n.on(ctx, (*process).resume) })
}

// Cut makes the proxies drop what is sent on the links. TCP goes on to acknowledge
// it, so that only the loss of the content tells a node of the cut.
func (c *Cluster) Cut(_ context.Context, links []cluster.Link) error {
	return c.relink("cut", links, (*link).sever)
}

// Mend lets the links pass again. Connections on which something was lost are reset.
func (c *Cluster) Mend(_ context.Context, links []cluster.Link) error {
	return c.relink("mend", links, (*link).mend)
}

func (c *Cluster) relink(verb string, links []cluster.Link, do func(*link)) error {
	for _, l := range links {
		if c.links[l] == nil {
			return fmt.Errorf("%s %s to %s: no such link", verb, l.From, l.To)
		}
	}
	for _, l := range links {
		do(c.links[l])
	}
	return nil
}

// Log copies the node's log file.
func (c *Cluster) Log(_ context.Context, n history.NodeID, w io.Writer) error {
	if c.nodes[n] == nil {
		return fmt.Errorf("log of %q: not a node of this cluster", n)
	}
	log, err := os.Open(c.log(n))
	if err != nil {
		return err
	}
	defer log.Close()
	_, err = io.Copy(w, log)
	return err
}
