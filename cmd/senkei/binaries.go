package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"senkei/harness"
	"senkei/harness/cluster/local"
	"senkei/node/bugs"
)

// binaries are the static executables that a run starts.
type binaries struct {
	node, agent string // paths; agent is empty where none is needed
	temp        string // where those that were built for this run lie, or empty
}

// findBinaries takes the executables that lie beside this one, as `make build` leaves
// them, and builds what is missing, or has a bug put in, from the source tree.
// Simulated nodes need none, and other systems than the reference node bring their own.
func findBinaries(ctx context.Context, bug, runtime string, reference bool) (binaries, error) {
	var b binaries
	needNode, needAgent := reference && runtime != harness.Simulated, runtime == "docker"
	if bug != "" {
		if _, err := bugs.Get(bug); err != nil {
			return b, usagef("--bug: %w", err)
		}
	} else {
		b.node = sibling("senkei-node")
	}
	if needAgent {
		b.agent = sibling("senkei-agent")
	}
	if (b.node != "" || !needNode) && (b.agent != "" || !needAgent) {
		return b, nil
	}
	root, err := bugs.FindRoot(".")
	if err != nil {
		return b, usage{err}
	}
	if b.temp, err = local.TempDir("build"); err != nil {
		return b, err
	}
	if b.node == "" && needNode {
		b.node = filepath.Join(b.temp, "senkei-node")
		err = bugs.Build(ctx, root, bug, "./cmd/senkei-node", b.node)
	}
	if err == nil && b.agent == "" && needAgent {
		b.agent = filepath.Join(b.temp, "senkei-agent")
		err = bugs.Build(ctx, root, "", "./cmd/senkei-agent", b.agent)
	}
	if err != nil {
		return b, errors.Join(err, b.remove())
	}
	return b, nil
}

// remove deletes what was built for this run.
func (b binaries) remove() error {
	if b.temp == "" {
		return nil
	}
	return os.RemoveAll(b.temp)
}

// sibling returns the path of an executable beside this one, or nothing.
func sibling(name string) string {
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	path := filepath.Join(filepath.Dir(self), name)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return path
}
