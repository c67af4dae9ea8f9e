package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	dir, err := build(ctx, bug, "senkei")
	return filepath.Join(dir, "senkei"), func() { _ = os.RemoveAll(dir) }, err // what a temporary directory leaves does no harm
}

// commandLine is what cmd was asked to do, as the arguments of another senkei.
func commandLine(cmd *cobra.Command, args ...string) []string {
	words := append([]string{cmd.Name()}, args...)
	cmd.Flags().Visit(func(flag *pflag.Flag) { words = append(words, "--"+flag.Name+"="+flag.Value.String()) })
	return words
}

// handOver lets a senkei with the bug do what the arguments say, and returns its exit code as
// this one's.
func handOver(cmd *cobra.Command, bug string, args ...string) error {
	path, remove, err := selfWith(cmd.Context(), bug)
	if err != nil {
		return err
	}
	defer remove()
	command := exec.CommandContext(cmd.Context(), path, append(args, "--bug="+bug)...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.Stdout, command.Stderr = unshown(cmd.OutOrStdout()), unshown(cmd.ErrOrStderr()) // it escapes what it shows itself
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
