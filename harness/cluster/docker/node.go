package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"senkei/harness/agent"
	"senkei/history"
)

// node is one pair of containers.
type node struct {
	id     history.NodeID
	net    string // id of the net container, empty until it is made
	main   string // id of the node container, empty until it is made
	ip     netip.Addr
	client string // host:port of its client port, as seen from here
	agent  agent.Client

	// dropped are the nodes whose packets it must not receive. Cluster.cutting guards it.
	dropped map[history.NodeID]bool

	mu   sync.Mutex
	down bool    // it is known to be stopped
	died []error // every time that it stopped on its own
}

func (n *node) setDown(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
}

// state inspects the node container. A node that stopped without having been killed
// is remembered, since a restart wipes the evidence.
func (c *Cluster) state(ctx context.Context, n *node) (*container.State, error) {
	info, err := c.cli.ContainerInspect(ctx, n.main)
	if err != nil {
		return nil, fmt.Errorf("inspect %s: %w", n.id, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !info.State.Running && !n.down {
		n.down = true
		n.died = append(n.died, fmt.Errorf("%s %s", n.id, c.howEnded(ctx, n, info.State)))
	}
	return info.State, nil
}

// netRuns returns an error if the net container does not run any more.
func (c *Cluster) netRuns(ctx context.Context, n *node) error {
	info, err := c.cli.ContainerInspect(ctx, n.net)
	if err != nil {
		return fmt.Errorf("inspect the net container of %s: %w", n.id, err)
	}
	if !info.State.Running {
		return fmt.Errorf("the net container of %s stopped with exit code %d, and its cuts with it", n.id, info.State.ExitCode)
	}
	return nil
}

// howEnded says how the node ended, with the last line that it logged.
func (c *Cluster) howEnded(ctx context.Context, n *node, s *container.State) string {
	how := fmt.Sprintf("stopped on its own with exit code %d", s.ExitCode)
	if s.OOMKilled {
		how += ", out of memory"
	}
	if s.Error != "" {
		how += ", " + s.Error
	}
	return how + "; its last log line: " + c.lastLines(ctx, n, 1)
}

// lastLines returns the end of the node's log for an error message.
func (c *Cluster) lastLines(ctx context.Context, n *node, lines int) string {
	var log tail
	if err := c.copyLog(ctx, n, fmt.Sprint(lines), &log); err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	if text := strings.TrimSpace(log.String()); text != "" {
		return text
	}
	return "(none)"
}

// copyLog copies the last lines of the node's log, or "all".
func (c *Cluster) copyLog(ctx context.Context, n *node, lines string, w io.Writer) error {
	log, err := c.cli.ContainerLogs(ctx, n.main, container.LogsOptions{ShowStdout: true, ShowStderr: true, Tail: lines})
	if err != nil {
		return err
	}
	_, err = stdcopy.StdCopy(w, w, log)
	return errors.Join(err, log.Close())
}

// tail keeps the last bytes written to it.
type tail struct{ bytes.Buffer }

const tailBytesMax = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	_, _ = t.Buffer.Write(p) // never fails
	t.Next(max(0, t.Len()-tailBytesMax))
	return len(p), nil
}
