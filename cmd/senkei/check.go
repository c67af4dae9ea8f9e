package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"senkei/checker"
	"senkei/harness"
	"senkei/history"
	"senkei/history/formats"
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

// judging is how a history is judged.
type judging struct {
	limits
	workload, model string
	source
}

// source is how a history file is read.
type source struct {
	format string
	keyed  bool
}

func (s *source) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.format, "format", "", "format of FILE: "+list(formats.All(), func(f formats.Format) string { return f.Name })+" (default: what its content says)")
	cmd.Flags().BoolVar(&s.keyed, "keyed", false, "the values of an EDN file are pairs of a key and a value, as jepsen.independent writes them (default: where that is certain)")
}

func (s source) read(path string) (history.History, error) {
	if s.format != "" {
		if _, err := formats.Find(s.format); err != nil {
			return history.History{}, usagef("--format: %w", err)
		}
	}
	h, err := formats.ReadFile(path, formats.Options{Format: s.format, Keyed: s.keyed})
	var missing *fs.PathError
	if errors.As(err, &missing) {
		return h, usage{err}
	}
	return h, err
}

func checkCommand() *cobra.Command {
	var j judging
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check RUN|FILE",
		Short: "Judge a recorded run, or a history file, again",
		Long: `Judge a recorded run again from its files alone, such as store/latest, or any history
file: JSON Lines, Jepsen's EDN, or a log of Porcupine's, plain or packed with gzip or zstd.
The exit code is 0 if it is valid, 1 if a violation was found, 2 if that is unknown.`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := j.validate(); err != nil {
				return err
			}
			info, err := os.Stat(args[0])
			if err != nil {
				return usagef("%w; name a run directory such as store/latest, or a history file", err)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), j.time)
			defer cancel()
			var result harness.Result
			switch {
			case !info.IsDir():
				result, err = j.checkFile(ctx, args[0])
			case j.model != "" || j.source != source{}:
				err = usagef("--model, --format and --keyed are for a history file; %s is a run, which is judged as its workload says", args[0])
			default:
				result, err = checkRun(ctx, harness.Dir(args[0]), j.workload, j.limits)
			}
			if err != nil {
				return err
			}
			return tell(cmd.OutOrStdout(), result, asJSON)
		},
	}
	j.limits.flags(cmd)
	j.source.flags(cmd)
	cmd.Flags().StringVar(&j.workload, "workload", "", "judge a run as this workload does (default: its own)")
	cmd.Flags().StringVar(&j.model, "model", "", "judge FILE by this model, see `senkei models` (default: register)")
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

// checkFile judges a file by a model. A workload is judged by the model of its name.
func (j judging) checkFile(ctx context.Context, path string) (harness.Result, error) {
	if j.workload != "" && j.model != "" {
		return harness.Result{}, usagef("--workload and --model say the same of a history file; pass one of them")
	}
	m, err := findModel(cmp.Or(j.model, j.workload, "register"))
	if err != nil {
		return harness.Result{}, err
	}
	h, err := j.read(path)
	if err != nil {
		return harness.Result{}, err
	}
	if err := m.admits(h); err != nil {
		return harness.Result{}, err
	}
	return harness.JudgeHistory(ctx, h, m.check(j.checker()), j.checker()), nil
}
