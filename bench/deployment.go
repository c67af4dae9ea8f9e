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

	"senkei/harness/cluster"
	"senkei/history"
)

const (
	nodesMax = 9
	// healthyWithin bounds the wait for a cluster to elect a leader and to catch up.
	healthyWithin = 30 * time.Second
	pollInterval  = 20 * time.Millisecond
)

// deployment is one system's nodes, each a process of its own.
type deployment struct {
	rival
	nodes []*process
}

// process is one node and where it is reached. Beside its data stands a file with what it says.
type process struct {
	cluster.Endpoint
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has exited and was reaped
}

// start starts n nodes with their data below dir and waits until they are healthy.
func start(ctx context.Context, s rival, n int, dir string) (*deployment, error) {
	addrs, err := freeAddrs(2 * n)
	if err != nil {
		return nil, err
	}
	c := &deployment{rival: s}
	peers := map[history.NodeID]string{}
	for i := range n {
		id := history.NodeID(fmt.Sprintf("n%d", i+1))
		peers[id] = addrs[2*i]
		c.nodes = append(c.nodes, &process{Endpoint: cluster.Endpoint{
			ID: id, PeerListen: addrs[2*i], ClientListen: addrs[2*i+1], Peers: peers,
			DataDir: filepath.Join(dir, s.Name()+"-"+string(id)),
		}})
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
func (c *deployment) launch(i int) error {
	n := c.nodes[i]
	launch := c.Launch(n.Endpoint)
	cmd := exec.Command(launch.Binary, launch.Args...)
	says, err := os.OpenFile(n.DataDir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer says.Close() // the process has its own descriptor
	cmd.Stdout, cmd.Stderr = says, says
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s of %s: %w", n.ID, c.Name(), err)
	}
	n.cmd, n.exited = cmd, make(chan struct{})
	go func(exited chan<- struct{}) { // ends with the process, which kill waits for
		_ = cmd.Wait()
		close(exited)
	}(n.exited)
	return nil
}

// kill sends SIGKILL and waits until the process is gone.
func (n *process) kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill() // an error means that it is gone
	<-n.exited
}

// close kills what runs. The data are the caller's.
func (c *deployment) close() {
	for _, n := range c.nodes {
		n.kill()
	}
}

// addrs are where clients reach the nodes, beginning with the one at position first.
func (c *deployment) addrs(first int) []string {
	var addrs []string
	for i := range c.nodes {
		addrs = append(addrs, c.nodes[(first+i)%len(c.nodes)].ClientListen)
	}
	return addrs
}

// connect returns a client for each node in turn, until there are n, beginning with the node at
// position first.
func (c *deployment) connect(n, first int) clients {
	var all clients
	for i, addrs := 0, c.addrs(first); i < n; i++ {
		all = append(all, c.Open(addrs[i%len(addrs)]))
	}
	return all
}

// awaitHealthy returns when all nodes name the same leader and have applied the same, which
// they can only while nobody writes.
func (c *deployment) awaitHealthy(ctx context.Context) error {
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
			return fmt.Errorf("%s is not healthy: %w", c.Name(), err)
		}
		for _, n := range c.nodes {
			select {
			case <-n.exited:
				return fmt.Errorf("%s of %s has exited: %s", n.ID, c.Name(), n.lastWords())
			default:
			}
		}
	}
}

// leader returns the position of the node that all nodes, having applied the same, name
// as their leader.
func (c *deployment) leader(ctx context.Context) (int, error) {
	position := map[history.NodeID]int{}
	var first cluster.Status
	for i, n := range c.nodes {
		s, err := c.Status(ctx, n.ClientListen)
		if err != nil {
			return 0, fmt.Errorf("ask %s: %w", n.ID, err)
		}
		position[s.Node] = i
		if i == 0 {
			first = s
		}
		if s.Leader != first.Leader || s.Applied != first.Applied {
			return 0, fmt.Errorf("%s and %s disagree: leader %q and %q, applied %d and %d",
				c.nodes[0].ID, n.ID, first.Leader, s.Leader, first.Applied, s.Applied)
		}
	}
	at, known := position[first.Leader]
	if !known {
		return 0, errors.New("there is no leader")
	}
	return at, nil
}

// lastWords is the end of what the node wrote to its standard error.
func (n *process) lastWords() string {
	const tailBytes = 500
	said, err := os.ReadFile(n.DataDir + ".log")
	if err != nil {
		return err.Error()
	}
	said = bytes.TrimSpace(said)
	return string(said[max(0, len(said)-tailBytes):])
}
