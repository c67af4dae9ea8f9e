package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"senkei/checker"
	"senkei/harness"
	"senkei/history"
)

// limits are the flags that bound a check.
type limits struct {
	time   time.Duration
	memory int64 // MiB
}

func (l *limits) flags(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&l.time, "check-time", time.Minute, "longest time to judge the history; what takes longer is unknown")
	cmd.Flags().Int64Var(&l.memory, "memory", 1024, "most memory that the search on one key may hold, in MiB; what needs more is unknown")
}

func (l *limits) validate() error {
	if l.time <= 0 {
		return usagef("--check-time %v: it must be positive", l.time)
	}
	if l.memory <= 0 {
		return usagef("--memory %d: it must be positive", l.memory)
	}
	return nil
}

func (l *limits) checker() checker.Limits { return checker.Limits{MemoryBytes: l.memory << 20} }

func checkCommand() *cobra.Command {
	var lim limits
	var workload string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check RUN|FILE",
		Short: "Judge a recorded run, or a history file, again",
		Long: `Judge a recorded run again from its files alone, such as store/latest, or any history
in JSON Lines. The exit code is 0 if it is valid, 1 if a violation was found, 2 if that
is unknown.`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := lim.validate(); err != nil {
				return err
			}
			info, err := os.Stat(args[0])
			if err != nil {
				return usagef("%w; name a run directory such as store/latest, or a history file", err)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), lim.time)
			defer cancel()
			var result harness.Result
			if info.IsDir() {
				result, err = checkRun(ctx, harness.Dir(args[0]), workload, lim)
			} else {
				result, err = checkFile(ctx, args[0], workload, lim)
			}
			if err != nil {
				return err
			}
			return tell(cmd.OutOrStdout(), result, asJSON)
		},
	}
	lim.flags(cmd)
	cmd.Flags().StringVar(&workload, "workload", "", "judge as this workload does (default: the run's own, or register)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func checkRun(ctx context.Context, dir harness.Dir, workload string, lim limits) (harness.Result, error) {
	t, err := dir.ReadTest()
	if err != nil {
		return harness.Result{}, err
	}
	if workload == "" {
		workload = t.Workload
	}
	w, err := findWorkload(workload)
	if err != nil {
		return harness.Result{}, err
	}
	return harness.Judge(ctx, dir, w, lim.checker())
}

func checkFile(ctx context.Context, path, workload string, lim limits) (harness.Result, error) {
	if workload == "" {
		workload = "register"
	}
	w, err := findWorkload(workload)
	if err != nil {
		return harness.Result{}, err
	}
	h, err := history.ReadFile(path)
	if err != nil {
		return harness.Result{}, err
	}
	return harness.JudgeHistory(ctx, h, w, lim.checker()), nil
}
