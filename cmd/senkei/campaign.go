package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"senkei/harness/campaign"
	"senkei/node/marks"
)

// tally is what a campaign has seen.
type tally struct {
	mu       sync.Mutex
	began    time.Time
	runs     int
	planned  int
	failures []line
	digest   uint64 // of all hashes, whatever their order
	counts   campaign.Counts
	marks    marks.Counts
	cpu      time.Duration
}

// campaign shares the seeds among processes and tells what came of them.
func (f *simFlags) campaign(cmd *cobra.Command, all seeds) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	path, remove, err := selfWith(ctx, f.bug)
	if err != nil {
		return err
	}
	defer remove()
	errs := &shared{out: unshown(cmd.ErrOrStderr())} // workers escape what they say
	fmt.Fprintf(errs, "Senkei: seeds %d to %d of the profile %s, workload %s, in %d processes\n",
		all.first, all.last, f.profile, f.workload, f.jobs)
	t := &tally{began: time.Now(), planned: all.count()}
	failed := make(chan error, f.jobs)
	for worker := range f.jobs {
		go func() { failed <- f.drive(ctx, path, worker, t, errs) }()
	}
	shown := make(chan struct{})
	stop := make(chan struct{})
	go func() { defer close(shown); t.show(errs, cmd.ErrOrStderr(), stop) }()
	for range f.jobs {
		if e := <-failed; e != nil {
			err = cmp.Or(err, e)
			cancel()
		}
	}
	close(stop)
	<-shown
	if err != nil {
		return err
	}
	return f.conclude(cmd.OutOrStdout(), t)
}

// shared is an output that the workers and the campaign write to.
type shared struct {
	mu  sync.Mutex
	out io.Writer
}

func (s *shared) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(text)
}

// drive runs one worker and takes what it says.
func (f *simFlags) drive(ctx context.Context, path string, worker int, t *tally, errs io.Writer) error {
	args := []string{"sim", "--seeds", f.seeds, "--profile", f.profile, "--workload", f.workload, "--bug", f.bug, "--store", f.store,
		"--jobs", fmt.Sprint(f.jobs), "--worker", fmt.Sprint(worker), fmt.Sprintf("--blind=%t", f.blind),
		"--check-time", f.limits.time.String(), "--memory", fmt.Sprint(f.limits.memory)}
	command := exec.CommandContext(ctx, path, args...)
	command.Env = append(os.Environ(), "GOMAXPROCS=1") // one core each
	command.Stderr = errs
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("start worker %d: %w", worker, err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	whole := false
	for lines.Scan() {
		var said line
		if err = json.Unmarshal(lines.Bytes(), &said); err != nil {
			break
		}
		t.take(said)
		whole = whole || said.Ended != nil
	}
	err = errors.Join(err, lines.Err(), command.Wait())
	switch {
	case err != nil:
		return fmt.Errorf("worker %d: %w", worker, err)
	case !whole:
		return fmt.Errorf("worker %d ended before its time", worker)
	default:
		return nil
	}
}

func (t *tally) take(said line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if said.Ended != nil {
		t.cpu += said.Ended.CPU
		t.marks.Add(said.Ended.Marks)
		return
	}
	t.runs++
	t.digest += said.Hash * (2*said.Seed + 1)
	t.counts.Add(said.Counts)
	if said.Class != "" {
		t.failures = append(t.failures, said)
	}
}

// show tells now and then how far the campaign is. The terminal, if it is one, is what out
// writes to.
func (t *tally) show(out, terminal io.Writer, stop <-chan struct{}) {
	meter := newMeter(terminal, 0)
	meter.out = out
	every := time.Second
	if meter.width == 0 {
		every = 10 * time.Second
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			meter.finish()
			fmt.Fprintln(out, t.progress())
			return
		case <-ticker.C:
			meter.redraw(t.progress())
		}
	}
}

const barWidth = 30

func (t *tally) progress() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	done := barWidth * t.runs / max(1, t.planned)
	took := time.Since(t.began).Seconds()
	text := fmt.Sprintf("[%s%s] %d of %d, %.0f runs/s, %d findings", strings.Repeat("=", done), strings.Repeat(" ", barWidth-done),
		t.runs, t.planned, float64(t.runs)/took, len(t.failures))
	if t.cpu > 0 {
		text += fmt.Sprintf(", %.0f runs per second of processor time", float64(t.runs)/t.cpu.Seconds())
	}
	return text
}

// seedsNamed is how many seeds of a class are listed.
const seedsNamed = 20

// conclude tells the result: the same text for the same seeds and the same code.
func (f *simFlags) conclude(out io.Writer, t *tally) error {
	slices.SortFunc(t.failures, func(a, b line) int { return cmp.Compare(a.Seed, b.Seed) })
	byClass := map[string][]line{}
	for _, failure := range t.failures {
		byClass[failure.Class] = append(byClass[failure.Class], failure)
	}
	fmt.Fprintf(out, "%d runs of the profile %s: %d without a finding, %d with one\n", t.runs, f.profile, t.runs-len(t.failures), len(t.failures))
	fmt.Fprintf(out, "%d operations, %d of them answered; %d events; %d leaders; faults in force: %s; given up: %d; digest %016x\n",
		t.counts.Operations, t.counts.OK, t.counts.Events, t.counts.Leaders, faults(t.counts.Faults), t.counts.GivenUp, t.digest)
	if t.counts.Unsettled > 0 {
		fmt.Fprintf(out, "liveness was not judged in %d of the runs: members were changing and disks were lost, so that no majority was certain\n", t.counts.Unsettled)
	}
	missing := t.marks.Missing()
	names := make([]string, len(missing))
	for i, m := range missing {
		names[i] = m.String()
	}
	fmt.Fprintf(out, "%d of %d coverage marks reached; never: %s\n", len(marks.All())-len(missing), len(marks.All()), cmp.Or(strings.Join(names, ", "), "none"))
	for _, class := range sorted(byClass) {
		f.tellClass(out, class, byClass[class])
	}
	switch {
	case len(t.failures) == 0:
		return nil
	case len(t.failures) == len(byClass[campaign.ClassUnknown]):
		return verdict(2)
	default:
		return verdict(1)
	}
}

func (f *simFlags) tellClass(out io.Writer, class string, failures []line) {
	named := make([]string, 0, seedsNamed)
	for _, failure := range failures[:min(len(failures), seedsNamed)] {
		named = append(named, fmt.Sprint(failure.Seed))
	}
	more := ""
	if len(failures) > seedsNamed {
		more = ", …"
	}
	first := failures[0]
	fmt.Fprintf(out, "\n%s: %d of the runs, seeds %s%s\n  %s\n  Again: %s\n", class, len(failures), strings.Join(named, ", "), more, first.Text, f.again(first.Seed))
	if first.Dir != "" {
		fmt.Fprintf(out, "  Kept:  %s\n", first.Dir)
	}
}
