package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"senkei/harness/cluster"
	"senkei/history"
)

// node is one node over all its lives.
type node struct {
	id     history.NodeID
	launch cluster.Launch
	env    []string
	dir    string // its data
	log    string // path of its log
	// serves returns when the node serves, or has stopped.
	serves func(ctx context.Context, stopped func(context.Context) error) error

	mu      sync.Mutex // held by one action at a time
	current *process   // nil before the first start
	crashes []string   // of the lives before the current one
}

// start runs the node, unless it runs, and returns when it serves.
func (n *node) start(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.current == nil || !n.current.running() {
		n.crashes = n.allCrashes()
		n.current = nil
		if err := n.spawn(); err != nil {
			return err
		}
	}
	return n.serves(ctx, n.stopped)
}

func (n *node) spawn() error {
	path, err := filepath.Abs(n.launch.Binary)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own copy
	cmd := exec.Command(path, n.launch.Args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = n.dir, n.env, log, log
	n.current, err = spawn(cmd)
	return err
}

// stopped says how the node exited, and returns nil while it runs.
func (n *node) stopped(context.Context) error {
	if n.current.running() {
		return nil
	}
	status, _ := n.current.onItsOwn()
	return fmt.Errorf("exited before it served: %s; it said:\n%s", status, n.lastLines(20))
}

// alive returns the running process, or an error.
func (n *node) alive() (*process, error) {
	if n.current == nil {
		return nil, errors.New("not running")
	}
	if status, crashed := n.current.onItsOwn(); crashed {
		return nil, fmt.Errorf("not running: it exited on its own: %s", status)
	}
	if !n.current.running() {
		return nil, errors.New("not running")
	}
	return n.current, nil
}

// on does something to the running process.
func (n *node) on(ctx context.Context, do func(*process, context.Context) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	p, err := n.alive()
	if err != nil {
		return err
	}
	return do(p, ctx)
}

// end makes sure that the node does not run.
func (n *node) end(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.current == nil {
		return nil
	}
	if err := n.current.kill(ctx); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// allCrashes tells of each life that ended without a kill.
func (n *node) allCrashes() []string {
	if n.current == nil {
		return n.crashes
	}
	status, crashed := n.current.onItsOwn()
	if !crashed {
		return n.crashes
	}
	return append(n.crashes, fmt.Sprintf("%s; its last line: %s", status, n.lastLines(1)))
}

// lastLines returns up to count lines from the last 8 KiB of the log.
func (n *node) lastLines(count int) string {
	log, err := os.Open(n.log)
	if err != nil {
		return err.Error()
	}
	defer log.Close()
	if size, err := log.Seek(0, io.SeekEnd); err == nil {
		_, _ = log.Seek(max(0, size-8<<10), io.SeekStart)
	}
	tail, err := io.ReadAll(log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(bytes.TrimSpace(tail)), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
