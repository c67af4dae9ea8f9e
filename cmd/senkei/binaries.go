package main

import (
	"cmp"
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
func findBinaries(ctx context.Context, bug, runtime string, reference bool) (b binaries, err error) {
	var missing []string
	find := func(path *string, name string, take bool) {
		if take {
			*path = sibling(name)
		}
		if *path == "" {
			missing = append(missing, name)
		}
	}
	if reference && runtime != harness.Simulated {
		find(&b.node, "senkei-node", bug == "")
	}
	if runtime == "docker" {
		find(&b.agent, "senkei-agent", true)
	}
	if len(missing) == 0 {
		return b, nil
	}
	b.temp, err = build(ctx, bug, missing...)
	b.node, b.agent = cmp.Or(b.node, filepath.Join(b.temp, "senkei-node")), cmp.Or(b.agent, filepath.Join(b.temp, "senkei-agent"))
	return b, err
}

// build builds commands from the source tree, with this bug in them if there is one, and
// returns the directory that holds them. The caller removes it.
func build(ctx context.Context, bug string, commands ...string) (dir string, err error) {
	if bug != "" {
		if _, err := bugs.Get(bug); err != nil {
			return "", usagef("--bug: %w", err)
		}
	}
	root, err := bugs.FindRoot(".")
	if err != nil {
		return "", usage{err}
	}
	if dir, err = local.TempDir("build"); err != nil {
		return "", err
	}
	for _, name := range commands {
		if err := bugs.Build(ctx, root, bug, "./cmd/"+name, filepath.Join(dir, name)); err != nil {
			return "", errors.Join(err, os.RemoveAll(dir))
		}
	}
	return dir, nil
}

// remove deletes what was built for this run, if anything was.
func (b binaries) remove() error { return os.RemoveAll(b.temp) }

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
