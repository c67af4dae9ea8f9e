package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"senkei/harness"
	"senkei/harness/campaign"
	"senkei/workloads"
)

// simFlags are the flags of `senkei sim`, and the common ones of `replay` and `shrink`.
type simFlags struct {
	seeds, profile, workload, bug, store string
	jobs                                 int
	blind                                bool
	worker                               int // which one this process is; -1 is the campaign itself
	limits                               limits
}

func simCommand() *cobra.Command {
	f := simFlags{}
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Run many simulated clusters, one for each seed, and judge them",
		Long: `Run the node's own code on virtual time, once for each seed: the plan of a run, which is the
cluster, what clients do and which faults hit, follows from the seed and the profile. The
profiles are

` + profileList() + `
A seed that fails is kept below the store, with the command that replays it. The exit code
is 0 if none failed, 1 if one did, 2 if one is unknown.`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			seeds, err := parseSeeds(f.seeds)
			if err != nil {
				return err
			}
			if _, _, err := f.parts(); err != nil {
				return err
			}
			if err := between("--jobs", f.jobs, 1, 256); err != nil {
				return err
			}
			if f.worker >= 0 {
				return f.work(cmd.OutOrStdout(), seeds)
			}
			return f.campaign(cmd, seeds)
		},
	}
	flags := cmd.Flags()
	f.common(cmd)
	flags.StringVar(&f.seeds, "seeds", "1-1000", "which seeds to run, such as 7 or 1-10000")
	flags.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "how many processes share the work")
	flags.IntVar(&f.worker, "worker", -1, "do the share of this process of a campaign")
	_ = flags.MarkHidden("worker") // it exists
	return cmd
}

// common adds the flags that `sim`, `replay` and `shrink` share.
func (f *simFlags) common(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", campaign.Profiles()[0].Name, "the family of plans")
	flags.StringVar(&f.workload, "workload", "register", "what clients do: `NAME` is one that senkei workloads lists")
	flags.StringVar(&f.bug, "bug", "", "run the node with the known bug `NAME`; senkei bugs lists them")
	flags.BoolVar(&f.blind, "blind", false, "leave the invariants out and judge by what clients see, as with real nodes")
	flags.StringVar(&f.store, "store", "store", "where to keep what failed")
	f.limits.flags(cmd)
}

func profileList() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, p := range campaign.Profiles() {
		fmt.Fprintf(w, "  %s\t%s\n", p.Name, p.Summary)
	}
	_ = w.Flush() // into memory
	return text.String()
}

// parts finds what the flags name.
func (f *simFlags) parts() (campaign.Profile, workloads.Workload, error) {
	if err := f.limits.validate(); err != nil {
		return campaign.Profile{}, workloads.Workload{}, err
	}
	profile, err := campaign.FindProfile(f.profile)
	if err != nil {
		return profile, workloads.Workload{}, usagef("--profile: %w", err)
	}
	w, err := findWorkload(f.workload)
	return profile, w, err
}

// seeds is a range of seeds, both ends included.
type seeds struct{ first, last uint64 }

func (s seeds) count() int { return int(s.last-s.first) + 1 }

// seedsMax bounds a campaign.
const seedsMax = 100_000_000

func parseSeeds(text string) (seeds, error) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	first, err1 := strconv.ParseUint(from, 10, 63)
	last, err2 := strconv.ParseUint(to, 10, 63)
	if err1 != nil || err2 != nil || last < first || last-first >= seedsMax {
		return seeds{}, usagef("--seeds %q: write one number, or two such as 1-10000, the smaller first and at most %d apart", text, seedsMax)
	}
	return seeds{first, last}, nil
}

// again is the command that replays one seed.
func (f *simFlags) again(seed uint64) string {
	command := fmt.Sprintf("senkei replay %d --profile %s", seed, f.profile)
	if f.workload != "register" {
		command += " --workload " + f.workload
	}
	if f.bug != "" {
		command += " --bug " + f.bug
	}
	if f.blind {
		command += " --blind"
	}
	return command
}

// options are those of every run.
func (f *simFlags) options() campaign.Options {
	return campaign.Options{Limits: f.limits.checker(), Blind: f.blind}
}

// keep writes a failed run below the store: the plan, the history, the messages and the
// report. It returns the directory.
func (f *simFlags) keep(name string, p campaign.Plan, w workloads.Workload) (harness.Dir, error) {
	run := replayed(p, w, f.options())
	failure := campaign.NewFailure(p, run.outcome, f.bug, version)
	dir := harness.Dir(filepath.Join(f.store, "sim", name))
	if err := os.MkdirAll(dir.NodeLogs(), 0o755); err != nil {
		return dir, err
	}
	path := filepath.Join(string(dir), "failure.json")
	failure.Replay, failure.Blind = "senkei replay "+path, f.blind
	run.record.Test.Name, run.record.Test.Bug, run.record.Test.Replay, run.record.Test.Version = "sim-"+name, f.bug, failure.Replay, version
	if err := run.record.Write(dir); err != nil {
		return dir, err
	}
	return dir, harness.WriteJSON(path, failure)
}
