package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"senkei/harness"
	"senkei/harness/cluster"
	"senkei/history"
	"senkei/nemesis"
	"senkei/workloads"
)

// runFlags are the flags of `senkei run`.
type runFlags struct {
	harness.Test    // as far as flags say it
	nodes           int
	schedule, store string
	json            bool
	limits          limits
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Start a cluster, drive it under faults and judge what happened",
		Args:  arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("seed") {
				f.Seed = rand.Uint64N(1_000_000)
			}
			if err := f.validate(); err != nil {
				return err
			}
			return f.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.System, "system", "node", "the store under test: "+systemNames())
	flags.StringVar(&f.Runtime, "runtime", "auto", "where its nodes run: "+runtimeNames())
	flags.IntVar(&f.nodes, "nodes", 5, "how many nodes, 1 to 9")
	flags.IntVar(&f.Clients, "clients", 10, "how many clients at a time")
	flags.DurationVar((*time.Duration)(&f.Time), "time", time.Minute, "how long to drive them")
	flags.Float64Var(&f.Rate, "rate", 0, "operations a second over all clients; 0 means as fast as they are answered")
	flags.StringVar(&f.Workload, "workload", "register", "what clients do: `NAME` is one that senkei workloads lists")
	flags.IntVar(&f.Keys, "keys", 2, "how many keys are in use at the same time; the clients are divided among them")
	flags.IntVar(&f.OpsPerKey, "ops-per-key", 400, "how many operations a key takes before a new one replaces it")
	flags.StringSliceVar(&f.Nemesis, "nemesis", []string{"kill", "pause", "partition"}, "`KINDS` of faults that senkei faults lists, or none")
	flags.StringVar(&f.schedule, "schedule", "", "a YAML file that says which fault happens when, instead of drawing it from the seed")
	flags.StringArrayVar(&f.NodeArgs, "node-arg", nil, "a flag for every node, such as --node-arg=--snapshot-margin=100; may be given several times")
	flags.StringVar(&f.Bug, "bug", "", "build the node with the known bug `NAME`; senkei bugs lists them")
	flags.Uint64Var(&f.Seed, "seed", 0, "of everything that is drawn at random (default: drawn, and printed)")
	flags.StringVar(&f.store, "store", "store", "where to keep runs")
	flags.DurationVar((*time.Duration)(&f.OpTimeout), "op-timeout", 2*time.Second, "when a client gives up; the outcome is unknown then")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON on stdout, progress on stderr")
	flags.BoolVar(&f.FailFast, "fail-fast", false, "stop at the first violation that is noticed on the way, and keep the nodes as they are then")
	f.limits.flags(cmd)
	return cmd
}

func (f *runFlags) validate() error {
	if len(f.Nemesis) == 1 && f.Nemesis[0] == "none" {
		f.Nemesis = nil
	}
	kinds := nemesis.Kinds()
	for _, kind := range f.Nemesis {
		if _, err := kinds.Named(kind); err != nil {
			return usagef("--nemesis %q: choose from %s, or none", kind, strings.Join(kinds.Names(), ", "))
		}
	}
	if err := cmp.Or(
		between("--nodes", f.nodes, 1, 9), between("--clients", f.Clients, 1, 1000), between("--time", time.Duration(f.Time), 1, 24*time.Hour),
		between("--op-timeout", time.Duration(f.OpTimeout), 1, time.Hour), between("--ops-per-key", f.OpsPerKey, 1, 1_000_000),
	); err != nil {
		return err
	}
	switch {
	case f.Runtime == harness.Simulated && len(f.NodeArgs) > 0:
		return usagef("--node-arg: simulated nodes have no command line; leave it away")
	case f.Runtime == harness.Simulated && f.FailFast:
		return usagef("--fail-fast: nothing of simulated nodes can be kept; leave it away, and look at the run's report")
	}
	for _, arg := range f.NodeArgs {
		if !strings.HasPrefix(arg, "--") {
			return usagef("--node-arg %q: write a flag of senkei-node with its value, such as --node-arg=--snapshot-margin=100", arg)
		}
	}
	return f.limits.validate()
}

// run does one test from its first container to its verdict.
func (f *runFlags) run(cmd *cobra.Command) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	if f.json {
		out = cmd.ErrOrStderr()
	}
	w, err := findWorkload(f.Workload)
	if err != nil {
		return err
	}
	sys, err := findSystem(f.System)
	if err != nil {
		return err
	}
	if (f.Bug != "" || len(f.NodeArgs) > 0) && !sys.reference() {
		return usagef("--system %s: --bug and --node-arg are for Senkei's own node", f.System)
	}
	where, why, err := chooseRuntime(ctx, f.Runtime)
	if err != nil {
		return err
	}
	offers := where.offers(sys)
	if err := offers.Lacks(); err != nil {
		return usagef("--runtime %s: %w", where.name, err)
	}
	t := f.test(where.name)
	if err := t.Validate(); err != nil {
		return usage{err}
	}
	parts := harness.Parts{Workload: w}
	if parts.Schedule, err = f.plan(&t, offers); err != nil {
		return err
	}
	t.Replay = f.replay(t)
	if where.name == harness.Simulated && f.Bug != builtWith {
		more := []string{"--store", f.store, "--check-time", f.limits.time.String(), "--memory", fmt.Sprint(f.limits.memory), fmt.Sprintf("--json=%t", f.json)}
		return handOver(cmd, f.Bug, append(f.args(t), more...)...)
	}
	binaries, err := findBinaries(ctx, f.Bug, where.name, sys.reference())
	if err != nil {
		return err
	}
	defer binaries.remove()
	dir, err := harness.NewDir(f.store, t.Name, t.Started)
	if err != nil {
		return err
	}
	announce(out, t, why, dir)
	parts.System = sys.new(f, binaries)
	runName := fmt.Sprintf("%s-%04x", t.Started.Format("20060102-150405"), rand.Uint32N(1<<16))
	parts.Runtime = where.new(runtimeOptions{
		run: runName, dir: string(dir), agent: binaries.agent, seed: f.Seed, opTimeout: time.Duration(f.OpTimeout),
		progress: func(line string) { fmt.Fprintf(out, "  %s\n", line) },
	})
	meter := newMeter(out, time.Duration(f.Time))
	parts.Progress = meter.show
	err = harness.Run(ctx, t, parts, dir)
	meter.finish()
	if err != nil {
		return fmt.Errorf("%w\nThe history so far is in %s; `senkei check %s` judges it", err, dir, dir)
	}
	if err := printKept(out, dir); err != nil {
		return err
	}
	return f.judge(ctx, cmd.OutOrStdout(), dir, w)
}

// judge judges the run that is in dir, and says where it stays if that comes to no end.
func (f *runFlags) judge(ctx context.Context, out io.Writer, dir harness.Dir, w workloads.Workload) error {
	parent, within := ctx, f.limits.time
	if ctx.Err() != nil {
		// A Ctrl-C that ended the run does not keep its history from being judged, as far as
		// that goes at once.
		parent, within = context.WithoutCancel(ctx), min(within, interruptedTime)
	}
	checkCtx, cancel := context.WithTimeout(parent, within)
	defer cancel()
	err := judge(checkCtx, out, dir, w, f.limits, f.json)
	if errors.Is(err, harness.ErrLate) || errors.Is(err, harness.ErrInterrupted) {
		err = fmt.Errorf("%w\nThe history is in %s; `senkei check %s` judges it", err, dir, dir)
	}
	return err
}

// interruptedTime is how long the history of a run is judged that was interrupted.
const interruptedTime = 500 * time.Millisecond

func (f *runFlags) test(runtimeName string) harness.Test {
	t := f.Test
	t.Name, t.Runtime, t.Version, t.Started = f.System+"-"+f.Workload, runtimeName, version, time.Now().UTC()
	if f.Bug != "" {
		t.Name += "-" + f.Bug
	}
	for i := range f.nodes {
		t.Nodes = append(t.Nodes, history.NodeID(fmt.Sprintf("n%d", i+1)))
	}
	return t
}

// replay is the command that asks for the same run. On real clocks the same seed gives
// the same plan, not the same interleaving.
func (f *runFlags) replay(t harness.Test) string {
	words := []string{"senkei"}
	for _, arg := range f.args(t) {
		words = append(words, quoted(arg))
	}
	return strings.Join(words, " ")
}

func (f *runFlags) args(t harness.Test) []string {
	args := []string{
		"run", "--system", t.System, "--runtime", t.Runtime, "--nodes", fmt.Sprint(len(t.Nodes)), "--clients", fmt.Sprint(t.Clients),
		"--time", time.Duration(t.Time).String(), "--rate", fmt.Sprint(t.Rate), "--workload", t.Workload, "--keys", fmt.Sprint(t.Keys),
		"--ops-per-key", fmt.Sprint(t.OpsPerKey), "--op-timeout", time.Duration(t.OpTimeout).String(), "--seed", fmt.Sprint(t.Seed),
	}
	switch {
	case f.schedule != "":
		args = append(args, "--schedule", f.schedule)
	case len(f.Nemesis) == 0:
		args = append(args, "--nemesis", "none")
	default:
		args = append(args, "--nemesis", strings.Join(f.Nemesis, ","))
	}
	if t.Bug != "" {
		args = append(args, "--bug", t.Bug)
	}
	if t.FailFast {
		args = append(args, "--fail-fast")
	}
	for _, arg := range t.NodeArgs {
		args = append(args, "--node-arg="+arg)
	}
	return args
}

// quoted is a word as a shell reads it.
func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`)

// plan reads the schedule or draws it. The kinds in a schedule file take the place of
// --nemesis.
func (f *runFlags) plan(t *harness.Test, offers cluster.Offers) (nemesis.Schedule, error) {
	if f.schedule == "" {
		s, err := harness.Plan(*t, nemesis.Kinds(), offers)
		if err != nil {
			return nil, usagef("--nemesis: %w", err)
		}
		return s, nil
	}
	file, err := os.Open(filepath.Clean(f.schedule))
	if err != nil {
		return nil, usagef("--schedule: %w", err)
	}
	defer file.Close()
	s, err := nemesis.ReadSchedule(file, nemesis.Kinds())
	if err != nil {
		return nil, usagef("--schedule %s: %w", f.schedule, err)
	}
	if err := s.Offered(offers); err != nil {
		return nil, usagef("--schedule %s: on %s, %w", f.schedule, t.Runtime, err)
	}
	t.Nemesis = s.Kinds()
	return s, nil
}

func announce(out io.Writer, t harness.Test, why string, dir harness.Dir) {
	kinds := cmp.Or(strings.Join(t.Nemesis, ", "), "no faults")
	fmt.Fprintf(out, "Senkei: %d × %s on %s (%s), workload %s with %d clients for %v, %s, seed %d\n",
		len(t.Nodes), t.System, t.Runtime, why, t.Workload, t.Clients, time.Duration(t.Time), kinds, t.Seed)
	if t.Bug != "" {
		fmt.Fprintf(out, "The node is built with the bug %s\n", t.Bug)
	}
	fmt.Fprintf(out, "Recording to %s\n", dir)
}
