package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/spf13/cobra"

	"senkei/node/explore"
)

func exploreCommand() *cobra.Command {
	o := explore.Options{Depth: 10, Nodes: 3, Terms: 2, Entries: 3}
	var limit time.Duration
	var memory int // MiB
	cmd := &cobra.Command{
		Use:   "explore",
		Short: "Follow every future of a small Raft cluster, and check each state",
		Long: `Follow every future of a small Raft cluster, up to a number of actions: whatever order
messages arrive in, whichever are lost or come twice, whoever times out or crashes. Each
state is checked for what the Raft paper promises. The exit code is 0 if the depth was
completed and all of it holds, 1 if something does not, and 2 if a limit came first.`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmp.Or(between("--time", limit, 0, checkTimeMax), between("--memory", memory, 1, memoryMax), between("--states", o.States, 0, math.MaxInt)); err != nil {
				return err
			}
			o.MemoryBytes = memory << 20
			ctx := cmd.Context()
			if limit > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, limit)
				defer cancel()
			}
			out, start := cmd.OutOrStdout(), time.Now()
			o.Completed = func(p explore.Progress) { fmt.Fprintln(out, progress(p, time.Since(start))) }
			r, err := explore.Run(ctx, o)
			if err != nil {
				return usagef("--%w", err)
			}
			return printExplored(out, r, o, time.Since(start))
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Depth, "depth", o.Depth, "how many actions to follow")
	flags.IntVar(&o.Nodes, "nodes", o.Nodes, "how many servers")
	flags.IntVar(&o.Terms, "terms", o.Terms, "how many terms there may be beyond the first")
	flags.IntVar(&o.Entries, "entries", o.Entries, "how many entries clients may propose")
	flags.IntVar(&o.States, "states", o.States, "most states to find; 0 is no limit")
	flags.IntVar(&memory, "memory", 4096, "most memory to take, in MiB")
	flags.DurationVar(&limit, "time", 0, "longest time to explore; 0 is no limit")
	flags.BoolVar(&o.PreVotes, "pre-votes", false, "explore pre-votes too, instead of letting whoever times out campaign; that takes two actions more for each election")
	return cmd
}

func progress(p explore.Progress, elapsed time.Duration) string {
	return fmt.Sprintf("depth %2d: %d states, %d transitions in %.1fs, %.0f states/s",
		p.Depth, p.States, p.Transitions, elapsed.Seconds(), float64(p.States)/elapsed.Seconds())
}

// printExplored prints the end of an exploration, and returns the exit code as an error.
func printExplored(out io.Writer, r explore.Result, o explore.Options, elapsed time.Duration) error {
	switch v := r.Violation; {
	case v != nil:
		fmt.Fprintf(out, "\nBROKEN: %s: %s\nThe shortest way there:\n", v.Invariant, v.Text)
		for i, line := range v.Trace {
			fmt.Fprintf(out, "%3d. %s\n", i+1, line)
		}
		fmt.Fprintln(out, "The servers then:")
		for _, line := range v.State {
			fmt.Fprintf(out, "     %s\n", line)
		}
		return verdict(1)
	case r.Stopped != nil:
		fmt.Fprintf(out, "\nUNKNOWN: %s, at %d states and %d transitions after %.1fs.\n", stoppedBy(r.Stopped, o), r.States, r.Transitions, elapsed.Seconds())
		fmt.Fprintf(out, "Depth %d was completed and everything holds so far; of the %d states new at that depth, %d were followed to the next. Depth %d was asked for.\n",
			r.Depth, r.Waiting, r.Followed, o.Depth)
		return verdict(2)
	case r.Exhausted:
		fmt.Fprintf(out, "\nHOLDS: no action leads to a new state any more, at any depth\n")
	default:
		fmt.Fprintf(out, "\nHOLDS: every state within %d actions\n", r.Depth)
	}
	return nil
}

func stoppedBy(cause error, o explore.Options) string {
	switch {
	case errors.Is(cause, explore.ErrStates):
		return fmt.Sprintf("stopped by --states %d", o.States)
	case errors.Is(cause, explore.ErrMemory):
		return fmt.Sprintf("stopped by --memory %d", o.MemoryBytes>>20)
	case errors.Is(cause, context.DeadlineExceeded):
		return "stopped by --time"
	default:
		return "interrupted"
	}
}
