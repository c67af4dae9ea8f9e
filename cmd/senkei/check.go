package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"senkei/checker"
	"senkei/checker/certificate"
	"senkei/harness"
	"senkei/harness/report"
)

// limits are the flags that bound a check.
type limits struct {
	time   time.Duration
	memory int64 // MiB
}

func (l *limits) flags(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&l.time, "check-time", time.Minute, "longest time to judge the history; what takes longer is unknown")
	cmd.Flags().Int64Var(&l.memory, "memory", 1024, "most memory to judge the history with, beside the history itself, in MiB; what needs more is unknown")
}

// The most that limits may be: a month, and 16 TiB.
const (
	checkTimeMax = 30 * 24 * time.Hour
	memoryMax    = 16 << 20 // MiB
)

func (l *limits) validate() error {
	return cmp.Or(between("--check-time", l.time, 1, checkTimeMax), between("--memory", l.memory, 1, memoryMax))
}

func (l *limits) checker() checker.Limits { return checker.Limits{MemoryBytes: l.memory << 20} }

// judging is how a history is judged.
type judging struct {
	limits
	workload, model string
	algorithm       string
	certificate     harness.Output
	report          harness.Output // of a history file; a run has its own
	source
}

func (j *judging) checker() checker.Limits {
	lim := j.limits.checker()
	lim.Orders = j.certificate.Path != ""
	return lim
}

func checkCommand() *cobra.Command {
	j := newJudging()
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check RUN|FILE",
		Short: "Judge a recorded run, or a history file, again",
		Long: `Judge a recorded run again from its files alone, such as store/latest, or any history
file: JSON Lines, Jepsen's EDN, or a log of Porcupine's, plain or packed with gzip or zstd.
The exit code is 0 if it is valid, 1 if a violation was found, 2 if that is unknown.
With --certificate it leaves proof of that, which ` + "`senkei verify`" + ` checks without searching.`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := j.validate(); err != nil {
				return err
			}
			info, err := os.Stat(args[0])
			if err != nil {
				return usagef("%w; name a run directory such as store/latest, or a history file", err)
			}
			input := args[0]
			if info.IsDir() {
				input = harness.Dir(input).History()
			}
			if err := j.validateOutputs(input); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), j.time)
			defer cancel()
			var result harness.Result
			switch {
			case !info.IsDir():
				result, err = j.checkFile(ctx, args[0])
			case j.model != "" || j.algorithm != "" || j.report.Path != "" || j.source.given():
				err = usagef("--model, --algorithm, --report, --format, --keyed, --order, --map and --initial are for a history file; %s is a run, which is judged as its workload says, and has a report", args[0])
			default:
				result, err = j.checkRun(ctx, harness.Dir(args[0]))
			}
			if err != nil {
				return err
			}
			return printResult(cmd.OutOrStdout(), result, asJSON)
		},
	}
	j.flags(cmd)
	cmd.Flags().StringVar(&j.certificate.Path, "certificate", "", "write proof of the verdict to `FILE`")
	cmd.Flags().StringVar(&j.report.Path, "report", "", "write the page that shows the history FILE and its verdict to `OUT.html`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func newJudging() judging {
	return judging{
		certificate: harness.Output{Flag: "--certificate", Mark: certificate.Mark},
		report:      harness.Output{Flag: "--report", Mark: report.Mark},
	}
}

// validateOutputs finds out before the work whether what it will leave has a place.
func (j *judging) validateOutputs(input string) error {
	for _, o := range []*harness.Output{&j.certificate, &j.report} {
		o.Inputs = []string{input}
		if err := o.Validate(); err != nil {
			return usage{err}
		}
	}
	return nil
}

// flags are those of every command that judges a history file.
func (j *judging) flags(cmd *cobra.Command) {
	j.limits.flags(cmd)
	j.source.flags(cmd)
	cmd.Flags().StringVar(&j.workload, "workload", "", "judge as the workload `NAME` does (default of a run: its own)")
	cmd.Flags().StringVar(&j.model, "model", "", "judge FILE by the model `NAME`; senkei models lists them (default: register)")
	cmd.Flags().StringVar(&j.algorithm, "algorithm", "", "judge FILE by this algorithm alone, as a cross-check: "+list(checker.Algorithms(), func(a checker.Algorithm) string { return string(a) })+" (default: what is quickest)")
}

func (j judging) checkRun(ctx context.Context, dir harness.Dir) (harness.Result, error) {
	t, err := dir.ReadTest()
	if err != nil {
		return harness.Result{}, err
	}
	w, err := findWorkload(cmp.Or(j.workload, t.Workload))
	if err != nil {
		return harness.Result{}, err
	}
	r, err := harness.Judge(ctx, dir, w, harness.RunProperties(), j.checker())
	if err != nil || j.certificate.Path == "" {
		return r, err
	}
	m, err := modelOf(w)
	if err != nil {
		return harness.Result{}, err
	}
	h, err := dir.ReadHistory()
	if err != nil {
		return harness.Result{}, err
	}
	return r, j.certified(ctx, r, m, h)
}

// checkFile judges a file by a model, that which is named or that of a workload.
func (j judging) checkFile(ctx context.Context, path string) (harness.Result, error) {
	if j.workload != "" && j.model != "" {
		return harness.Result{}, usagef("--workload and --model say the same of a history file; pass one of them")
	}
	m, err := j.fileModel()
	if err != nil {
		return harness.Result{}, err
	}
	lim := j.checker()
	if lim.Algorithm = checker.Algorithm(j.algorithm); j.algorithm != "" && !slices.Contains(checker.Algorithms(), lim.Algorithm) {
		return harness.Result{}, usagef("--algorithm %q: choose one of %s", j.algorithm, list(checker.Algorithms(), func(a checker.Algorithm) string { return string(a) }))
	}
	if r, done, err := j.checkLong(ctx, path, m, lim); done {
		return r, err
	}
	h, err := j.read(ctx, path)
	if err != nil {
		return harness.Result{}, err
	}
	if err := m.admits(h); err != nil {
		return harness.Result{}, err
	}
	r := harness.JudgeHistory(ctx, h, m.property, lim)
	if err := interrupted(ctx, r); err != nil {
		return r, err
	}
	page := report.Report{
		Name: filepath.Base(path), Workload: m.id, Duration: time.Duration(r.Duration), Verdict: r.Checks,
		Consistency: r.Consistency, History: h, Notes: h.Notes,
	}
	write := func(w io.Writer) error { return report.Write(w, page) }
	if err := j.report.Write(context.WithoutCancel(ctx), write); err != nil {
		return r, err
	}
	r.Report = j.report.Path
	return r, j.certified(ctx, r, m, h)
}

// interrupted is an error where a person ended the judging before there was a verdict.
func interrupted(ctx context.Context, r harness.Result) error {
	if errors.Is(ctx.Err(), context.Canceled) && r.Checks.Status == checker.Unknown {
		return harness.ErrInterrupted
	}
	return nil
}

func (j judging) fileModel() (specification, error) {
	if j.workload == "" {
		return findModel(cmp.Or(j.model, "register"))
	}
	w, err := findWorkload(j.workload)
	if err != nil {
		return specification{}, err
	}
	return modelOf(w)
}
