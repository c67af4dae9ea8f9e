package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	nodesMax = 9
	// healthyWithin bounds the wait for a cluster to elect a leader and to catch up.
	healthyWithin = 30 * time.Second
	pollInterval  = 20 * time.Millisecond
)

// cluster is one system's nodes, each a process of its own.
type cluster struct {
	system
	nodes []*node
}

// node is one process and where it is reached.
type node struct {
	name         string
	peer, client string // host:port
	dir          string // data; beside it stands a file with what the node says
	cmd          *exec.Cmd
	exited       chan struct{} // closed when it has exited and was reaped
}

// start starts n nodes with their data below dir and waits until they are healthy.
func start(ctx context.Context, s system, n int, dir string) (*cluster, error) {
	addrs, err := freeAddrs(2 * n)
	if err != nil {
		return nil, err
	}
	c := &cluster{system: s}
	for i := range n {
		name := fmt.Sprintf("n%d", i+1)
		c.nodes = append(c.nodes, &node{
			name: name, peer: addrs[2*i], client: addrs[2*i+1], dir: filepath.Join(dir, s.name()+"-"+name),
		})
	}
	for i := range c.nodes {
		if err := c.launch(i); err != nil {
			c.close()
			return nil, err
		}
	}
	if err := c.awaitHealthy(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// freeAddrs returns addresses that nobody listened on a moment ago.
func freeAddrs(n int) ([]string, error) {
	var addrs []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() // together in the end, so that no two are the same
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

// launch starts the process of a node that does not run. The kernel kills it when this
// process dies, however that happens; a Ctrl-C at the terminal reaches only this process.
func (c *cluster) launch(i int) error {
	n := c.nodes[i]
	cmd, err := c.command(c.nodes, i)
	if err != nil {
		return fmt.Errorf("start %s of %s: %w", n.name, c.name(), err)
	}
	says, err := os.OpenFile(n.dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer says.Close() // the process has its own descriptor
	cmd.Stdout, cmd.Stderr = says, says
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s of %s: %w", n.name, c.name(), err)
	}
	n.cmd, n.exited = cmd, make(chan struct{})
	go func(exited chan<- struct{}) { // ends with the process, which kill waits for
		_ = cmd.Wait()
		close(exited)
	}(n.exited)
	return nil
}

// kill sends SIGKILL and waits until the process is gone.
func (n *node) kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill() // an error means that it is gone
	<-n.exited
}

// close kills what runs. The data are the caller's.
func (c *cluster) close() {
	for _, n := range c.nodes {
		n.kill()
	}
}

// awaitHealthy returns when all nodes name the same leader and have applied the same, which
// they can only while nobody writes.
func (c *cluster) awaitHealthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthyWithin)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		_, err := c.leader(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s is not healthy: %w", c.name(), err)
		}
		for _, n := range c.nodes {
			select {
			case <-n.exited:
				return fmt.Errorf("%s of %s has exited: %s", n.name, c.name(), n.lastWords())
			default:
			}
		}
	}
}

// leader returns the position of the node that all nodes, having applied the same, name
// as their leader.
func (c *cluster) leader(ctx context.Context) (int, error) {
	position := map[string]int{}
	var first status
	for i, n := range c.nodes {
		s, err := c.status(ctx, n)
		if err != nil {
			return 0, fmt.Errorf("ask %s: %w", n.name, err)
		}
		position[s.self] = i
		if i == 0 {
			first = s
		}
		if s.leader != first.leader || s.applied != first.applied {
			return 0, fmt.Errorf("%s and %s disagree: leader %q and %q, applied %d and %d",
				c.nodes[0].name, n.name, first.leader, s.leader, first.applied, s.applied)
		}
	}
	at, known := position[first.leader]
	if !known {
		return 0, errors.New("there is no leader")
	}
	return at, nil
}

// lastWords is the end of what the node wrote to its standard error.
func (n *node) lastWords() string {
	const tailBytes = 500
	said, err := os.ReadFile(n.dir + ".log")
	if err != nil {
		return err.Error()
	}
	said = bytes.TrimSpace(said)
	return string(said[max(0, len(said)-tailBytes):])
}
