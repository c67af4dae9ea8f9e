package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"senkei/harness"
	"senkei/harness/campaign"
	"senkei/harness/cluster/sim"
	"senkei/workloads"
)

// simulated is one run with all its messages.
type simulated struct {
	outcome campaign.Outcome
	record  harness.SimulatedRun
}

// replayed carries out a plan and keeps everything.
func replayed(p campaign.Plan, w workloads.Workload, options campaign.Options) simulated {
	trace := &sim.Trace{}
	options.Trace = trace
	o := campaign.Run(p, w, options)
	r := simulated{outcome: o, record: campaign.Record(p, o, trace)}
	r.record.Test.Ended = time.Now().UTC() // it is complete
	r.record.Test.Started = r.record.Test.Ended
	return r
}

func replayCommand() *cobra.Command {
	f := simFlags{}
	cmd := &cobra.Command{
		Use:   "replay FILE|SEED",
		Short: "Carry out a plan once more, and show it message by message",
		Long: `Carry out the plan of a failure.json once more, or that of a seed, and write a run directory
as a live run does, with a diagram of the messages in its report. Where the file says
what happened then, the same must happen now.`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			given, w, err := f.given(args[0])
			if err != nil {
				return err
			}
			if given.Bug != builtWith {
				return handOver(cmd, given.Bug, commandLine(cmd, args...)...)
			}
			r := replayed(given.Plan, w, f.options())
			tellDifference(cmd.OutOrStdout(), given, r.outcome)
			dir, err := harness.NewDir(f.store, "sim-"+given.Plan.Workload, time.Now())
			if err != nil {
				return err
			}
			r.record.Test.Name, r.record.Test.Bug, r.record.Test.Version = "sim-"+given.Plan.Workload, given.Bug, version
			r.record.Test.Replay = given.Replay
			if err := r.record.Write(dir); err != nil {
				return err
			}
			return judge(cmd.Context(), cmd.OutOrStdout(), dir, w, f.limits, false)
		},
	}
	f.common(cmd)
	return cmd
}

// given reads a failure, or draws the plan of a seed.
func (f *simFlags) given(what string) (campaign.Failure, workloads.Workload, error) {
	profile, w, err := f.parts()
	if err != nil {
		return campaign.Failure{}, w, err
	}
	if seed, err := strconv.ParseUint(what, 10, 63); err == nil {
		p, err := campaign.MakePlan(seed, profile, w)
		return campaign.Failure{Plan: p, Bug: f.bug, Replay: f.again(seed)}, w, err
	}
	file, err := os.Open(filepath.Clean(what))
	if err != nil {
		return campaign.Failure{}, w, usagef("%w; name a failure.json or a seed", err)
	}
	defer file.Close()
	failure, err := campaign.ReadFailure(file)
	if err != nil {
		return failure, w, usagef("%s: %w", what, err)
	}
	if f.bug != "" {
		failure.Bug = f.bug
	}
	failure.Replay = "senkei replay " + what
	f.blind = f.blind || failure.Blind
	w, err = findWorkload(failure.Plan.Workload)
	return failure, w, err
}

// tellDifference says whether the same happened as the file says.
func tellDifference(out io.Writer, given campaign.Failure, o campaign.Outcome) {
	now := campaign.FormatHash(o.Hash)
	switch {
	case given.Hash == "":
	case given.Hash == now && given.Class == o.Class:
		fmt.Fprintf(out, "The same happened as then: %s, hash %s\n", o.Class, now)
	default:
		fmt.Fprintf(out, "Not the same happened as then: %s with hash %s, recorded by %s on %s, and now %q with hash %s\n",
			given.Class, given.Hash, given.Version, given.Go, o.Class, now)
	}
}

func shrinkCommand() *cobra.Command {
	f := simFlags{}
	var within time.Duration
	cmd := &cobra.Command{
		Use:   "shrink FILE|SEED",
		Short: "Look for a smaller plan that fails in the same way",
		Args:  arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := between("--time", within, 1, checkTimeMax); err != nil {
				return err
			}
			given, w, err := f.given(args[0])
			if err != nil {
				return err
			}
			if given.Bug != builtWith {
				return handOver(cmd, given.Bug, commandLine(cmd, args...)...)
			}
			return f.shrink(cmd, given, w, within)
		},
	}
	f.common(cmd)
	cmd.Flags().DurationVar(&within, "time", time.Minute, "how long to look")
	return cmd
}

// shrink shrinks a plan, keeps the result and tells its story.
func (f *simFlags) shrink(cmd *cobra.Command, given campaign.Failure, w workloads.Workload, within time.Duration) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), within)
	defer cancel()
	began := time.Now()
	small, fails := campaign.Shrink(ctx, given.Plan, w, f.options())
	out := cmd.OutOrStdout()
	if !fails {
		return usage{errors.New("this plan does not fail, so there is nothing to shrink")}
	}
	fmt.Fprintf(out, "%s: from %d operations and %d faults to %d and %d, in %d runs and %.1f s\n", small.Outcome.Class,
		len(given.Plan.Operations), len(given.Plan.Faults), len(small.Plan.Operations), len(small.Plan.Faults), small.Runs, time.Since(began).Seconds())
	for _, s := range campaign.Story(small.Plan) {
		fmt.Fprintf(out, "  %s\n", s)
	}
	f.profile, f.bug = given.Plan.Profile, given.Bug
	dir, err := f.keep(f.nameOf(given.Plan.Seed)+"-shrunk", small.Plan, w)
	if err != nil {
		return err
	}
	return judge(cmd.Context(), out, dir, w, f.limits, false)
}
