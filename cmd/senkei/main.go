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
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"senkei/harness"
	"senkei/history"
)

// Exit codes. That of a valid verdict, and of a certificate that holds, is 0.
const (
	exitInvalid = 1   // a violation was found, or a certificate is rejected
	exitUnknown = 2   // neither
	exitUsage   = 254 // wrong arguments, or a file that is not what it should be
	exitFailed  = 255 // the harness itself failed
)

// leaveWithin is how long a command that was interrupted may take to end by itself.
const leaveWithin = 900 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first Ctrl-C ends a run in order; the second one is not caught.
	quiet := context.AfterFunc(ctx, func() {
		stop()
		if len(os.Args) > 1 && os.Args[1] == "run" {
			fmt.Fprintln(os.Stderr, "\nsenkei: stopping; another Ctrl-C leaves at once, and `senkei heal` removes what that leaves")
			return
		}
		fmt.Fprintln(os.Stderr, "\nsenkei: stopping")
		// All else owns no nodes, and may be in the middle of what looks at no context.
		time.AfterFunc(leaveWithin, func() {
			fmt.Fprintln(os.Stderr, "senkei: stopped; files are whole, or as they were")
			os.Exit(exitUnknown)
		})
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
	stdout, stderr = shown{stdout}, shown{stderr}
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	tell := func(remedy string) { fmt.Fprintf(stderr, "senkei: %s\n%s", withEscaped(args, err), remedy) }
	var v verdict
	var u usage
	var damaged *history.LineError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &v):
		return int(v)
	case errors.As(err, &u):
		tell("See `senkei --help`, or `senkei COMMAND --help`.\n")
		return exitUsage
	case errors.Is(err, harness.ErrLate), errors.Is(err, harness.ErrInterrupted), ctx.Err() != nil && errors.Is(err, context.Canceled):
		tell("UNKNOWN: nothing was written; what was there stays.\n")
		return exitUnknown
	case errors.As(err, &damaged):
		tell("")
		return exitUsage
	default:
		tell("")
		return exitFailed
	}
}

// withEscaped is the text of an error in which names of files, which come from the arguments,
// do not end lines.
func withEscaped(args []string, err error) string {
	text := err.Error()
	for _, arg := range args {
		text = strings.ReplaceAll(text, arg, history.Escape(arg))
	}
	return text
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
