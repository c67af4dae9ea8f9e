package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/docker/docker/api/types/container"

	"senkei/harness/cluster"
	"senkei/harness/cluster/live"
	"senkei/history"
)

// Kill sends SIGKILL to the nodes and returns when none of them runs any more. A node
// that had already stopped on its own is an error.
func (c *Cluster) Kill(ctx context.Context, ids ...history.NodeID) error {
	return live.Each("kill", ids, c.nodes, func(n *node) error { return c.kill(ctx, n) })
}

func (c *Cluster) kill(ctx context.Context, n *node) error {
	s, err := c.state(ctx, n)
	if err != nil {
		return err
	}
	if !s.Running {
		return fmt.Errorf("it does not run, its exit code was %d", s.ExitCode)
	}
	n.setDown(true)
	if err := c.cli.ContainerKill(ctx, n.main, "SIGKILL"); err != nil {
		return err
	}
	return live.Poll(ctx, stateWithin, stateEvery, func(ctx context.Context) error {
		s, err := c.state(ctx, n)
		if err == nil && s.Running {
			err = errors.New("it still runs")
		}
		return err
	})
}

// Restart starts the nodes that do not run and returns when all answer.
func (c *Cluster) Restart(ctx context.Context, ids ...history.NodeID) error {
	return live.Each("restart", ids, c.nodes, func(n *node) error {
		err := c.restart(ctx, n)
		if err != nil {
			err = fmt.Errorf("%w; its last log line: %s", err, c.lastLines(ctx, n, 1))
		}
		return err
	})
}

func (c *Cluster) restart(ctx context.Context, n *node) error {
	if _, err := c.state(ctx, n); err != nil {
		return err
	}
	// The daemon takes a start of what runs for done.
	if err := c.cli.ContainerStart(ctx, n.main, container.StartOptions{}); err != nil {
		return err
	}
	n.setDown(false)
	return c.ready(ctx, n)
}

// Pause freezes all processes of the nodes.
func (c *Cluster) Pause(ctx context.Context, ids ...history.NodeID) error {
	return c.freeze(ctx, "pause", true, c.cli.ContainerPause, ids)
}

// Resume thaws the nodes. What is not frozen stays as it is.
func (c *Cluster) Resume(ctx context.Context, ids ...history.NodeID) error {
	return c.freeze(ctx, "resume", false, c.cli.ContainerUnpause, ids)
}

func (c *Cluster) freeze(ctx context.Context, verb string, frozen bool,
	change func(ctx context.Context, id string) error, ids []history.NodeID) error {
	return live.Each(verb, ids, c.nodes, func(n *node) error {
		s, err := c.state(ctx, n)
		if err == nil && s.Paused != frozen {
			if err = change(ctx, n.main); err == nil {
				s, err = c.state(ctx, n)
			}
		}
		if err == nil && s.Paused != frozen {
			err = fmt.Errorf("it is %s", s.Status)
		}
		return err
	})
}

// Cut makes each link's receiver drop what comes from its sender, on established
// connections too.
func (c *Cluster) Cut(ctx context.Context, links []cluster.Link) error {
	return c.relink(ctx, links, true)
}

// Mend lets the receivers hear the senders again. What is whole stays as it is.
func (c *Cluster) Mend(ctx context.Context, links []cluster.Link) error {
	return c.relink(ctx, links, false)
}

// relink tells every receiver among the links the whole set of senders that it must
// not hear. If that fails, the set stays as asked, so that a later call repairs it.
func (c *Cluster) relink(ctx context.Context, links []cluster.Link, cut bool) error {
	verb := map[bool]string{true: "cut", false: "mend"}[cut]
	for _, l := range links {
		if c.nodes[l.From] == nil || c.nodes[l.To] == nil || l.From == l.To {
			return fmt.Errorf("%s the link from %q to %q: no such link", verb, l.From, l.To)
		}
	}
	c.cutting.Lock()
	defer c.cutting.Unlock()
	var receivers []history.NodeID
	for _, l := range links {
		to := c.nodes[l.To]
		if cut {
			to.dropped[l.From] = true
		} else {
			delete(to.dropped, l.From)
		}
		if !slices.Contains(receivers, l.To) {
			receivers = append(receivers, l.To)
		}
	}
	return live.Each(verb+" the links to", receivers, c.nodes, func(n *node) error {
		var peers []netip.Addr
		for from := range n.dropped {
			peers = append(peers, c.nodes[from].ip)
		}
		return n.agent.Cut(ctx, peers)
	})
}
