package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"senkei/harness/cluster/local"
	"senkei/node/bugs"
)

// The simulator runs the node's code in its own process, so a bug goes into another senkei,
// built for the purpose, which then does what this one was asked to do.

// selfWith returns the path of a senkei with this bug, or of the one that runs, and what
// removes it.
func selfWith(ctx context.Context, bug string) (path string, remove func(), err error) {
	if bug == builtWith {
		path, err = os.Executable()
		return path, func() {}, err
	}
	if builtWith != "" {
		return "", nil, usagef("--bug %s: this senkei was built with the bug %s", bug, builtWith)
	}
	if _, err := bugs.Get(bug); err != nil {
		return "", nil, usagef("--bug: %w", err)
	}
	root, err := bugs.FindRoot(".")
	if err != nil {
		return "", nil, usage{err}
	}
	temp, err := local.TempDir("build")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(temp) } // what a temporary directory leaves does no harm
	path = filepath.Join(temp, "senkei")
	if err := bugs.Build(ctx, root, bug, "./cmd/senkei", path); err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}

// handOver lets a senkei with the bug do what this one was asked to do, and returns its exit
// code as this one's.
func handOver(ctx context.Context, bug string, out, errs io.Writer, args ...string) error {
	path, remove, err := selfWith(ctx, bug)
	if err != nil {
		return err
	}
	defer remove()
	command := exec.CommandContext(ctx, path, args...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.Stdout, command.Stderr = out, errs
	err = command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return verdict(exit.ExitCode())
	default:
		return fmt.Errorf("a senkei with the bug %s: %w", bug, err)
	}
}
