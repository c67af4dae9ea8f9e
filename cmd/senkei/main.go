// Command senkei tests whether a replicated key-value store stays linearizable while its
// nodes crash, pause and lose each other. This package is the command line: flags,
// tables of what there is, and what a person sees in a terminal.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"senkei/history"
)

// Exit codes. That of a valid verdict, and of a certificate that holds, is 0.
const (
	exitInvalid = 1   // a violation was found, or a certificate is rejected
	exitUnknown = 2   // neither
	exitUsage   = 254 // wrong arguments, or a file that is not what it should be
	exitFailed  = 255 // the harness itself failed
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first Ctrl-C ends a run in order; the second one is not caught.
	quiet := context.AfterFunc(ctx, func() {
		stop()
		fmt.Fprintln(os.Stderr, "\nsenkei: stopping; another Ctrl-C leaves at once, and `senkei heal` removes what that leaves")
	})
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	quiet()
	os.Exit(code)
}

// verdict is a command that did its work and whose exit code is a verdict's.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// usage is an error that the user can mend by other arguments.
type usage struct{ error }

func usagef(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var v verdict
	var u usage
	var damaged *history.LineError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &v):
		return int(v)
	case errors.As(err, &u):
		fmt.Fprintf(stderr, "senkei: %v\nSee `senkei --help`, or `senkei COMMAND --help`.\n", u)
		return exitUsage
	case errors.As(err, &damaged):
		fmt.Fprintf(stderr, "senkei: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(stderr, "senkei: %v\n", err)
		return exitFailed
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "senkei",
		Short:         "Test whether a replicated store stays linearizable under faults",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          arguments(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		runCommand(), simCommand(), replayCommand(), shrinkCommand(), exploreCommand(),
		checkCommand(), verifyCommand(), convertCommand(), viewCommand(), composeCommand(), healCommand(),
		systemsCommand(), workloadsCommand(), modelsCommand(), faultsCommand(), bugsCommand(), versionCommand(),
	)
	return root
}

// arguments turns a wrong number of arguments into a usage error.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage{err}
		}
		return nil
	}
}
