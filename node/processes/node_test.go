package processes

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/api"
	"senkei/node/raft"
)

// node is one node and, while it runs, its process.
type node struct {
	t            *testing.T
	id           raft.ID
	peer, client string   // host:port
	data, log    string   // a directory; a file that takes what the node says
	args         []string // beyond those that follow from the above
	access       api.Options
	cmd          *exec.Cmd
	exited       chan struct{} // closed when the process has exited and was reaped
}

// newNode makes a node without starting it. Its data lie below dir.
func newNode(t *testing.T, id raft.ID, dir string) *node {
	addrs := freeAddrs(t, 2)
	n := &node{
		t: t, id: id, peer: addrs[0], client: addrs[1],
		data: filepath.Join(dir, string(id)), log: filepath.Join(dir, string(id)+".log"),
	}
	t.Cleanup(n.kill)
	return n
}

// freeAddrs returns addresses that nobody listened on a moment ago.
func freeAddrs(t *testing.T, count int) []string {
	var addrs []string
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close() // together in the end, so that no two are the same
		addrs = append(addrs, l.Addr().String())
	}
	return addrs
}

// start starts the process. The kernel kills it when the tests die, however that happens.
func (n *node) start() {
	n.t.Helper()
	path, err := binary()
	require.NoError(n.t, err)
	says, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	require.NoError(n.t, err)
	defer says.Close() // the process has its own descriptor
	n.cmd = exec.Command(path, append([]string{
		"--id", string(n.id), "--peer-listen", n.peer, "--client-listen", n.client, "--data", n.data,
	}, n.args...)...)
	n.cmd.Stdout, n.cmd.Stderr = says, says
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	require.NoError(n.t, n.cmd.Start())
	n.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan<- struct{}) { // ends with the process, which kill waits for
		_ = cmd.Wait() // exitCode tells how it ended
		close(exited)
	}(n.cmd, n.exited)
}

// kill sends SIGKILL, if the process runs, and waits until it is gone.
func (n *node) kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill() // an error means that it is gone
	<-n.exited
}

// stop ends the node as an operator would, and requires that it ends cleanly.
func (n *node) stop() {
	n.t.Helper()
	require.NoError(n.t, n.cmd.Process.Signal(syscall.SIGTERM))
	require.Zero(n.t, n.exitCode(), "%s did not stop cleanly: %s", n.id, n.lastWords())
}

// exitCode waits until the process ends by itself.
func (n *node) exitCode() int {
	n.t.Helper()
	select {
	case <-n.exited:
	case <-time.After(waitMax):
		require.Fail(n.t, "the process does not end", "%s: %s", n.id, n.lastWords())
	}
	return n.cmd.ProcessState.ExitCode()
}

// said returns what the node has said in all its lives.
func (n *node) said() string {
	said, err := os.ReadFile(n.log)
	require.NoError(n.t, err)
	return string(said)
}

// lastWords is the end of that, for messages.
func (n *node) lastWords() string {
	const tailBytes = 2000
	said, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	said = bytes.TrimSpace(said)
	return string(said[max(0, len(said)-tailBytes):])
}

// open returns a client that asks this node, retries times again where that can help.
func (n *node) open(retries int) *api.Client {
	client := n.connect(retries)
	n.t.Cleanup(func() { _ = client.Close() })
	return client
}

// connect returns such a client for the caller to close.
func (n *node) connect(retries int) *api.Client {
	options := n.access
	options.Forward, options.Retries = true, retries
	return api.NewClient(n.client, options)
}

// status asks the node how it is; one that has exited ends the test.
func (n *node) status() (api.Status, error) {
	select {
	case <-n.exited:
		require.Fail(n.t, "the process has ended", "%s: %s", n.id, n.lastWords())
	default:
	}
	client := api.NewClient(n.client, n.access)
	defer client.Close()
	status, err := client.Status(n.t.Context())
	if err != nil {
		err = fmt.Errorf("ask %s: %w", n.id, err)
	}
	return status, err
}
