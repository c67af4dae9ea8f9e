package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

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
	path, remove, err := selfWith(cmd.Context(), f.bug)
	if err != nil {
		return err
	}
	defer remove()
	errs := &shared{out: unshown(cmd.ErrOrStderr())} // workers escape what they say
	fmt.Fprintf(errs, "Senkei: seeds %d to %d of the profile %s, workload %s, in %d processes\n",
		all.first, all.last, f.profile, f.workload, f.jobs)
	t := &tally{began: time.Now(), planned: all.count()}
	workers, ctx := errgroup.WithContext(cmd.Context())
	for worker := range f.jobs {
		args := append(commandLine(cmd), "--jobs", fmt.Sprint(f.jobs), "--worker", fmt.Sprint(worker))
		workers.Go(func() error {
			if err := t.drive(ctx, errs, path, args); err != nil {
				return fmt.Errorf("worker %d: %w", worker, err)
			}
			return nil
		})
	}
	stop := make(chan struct{})
	var showing sync.WaitGroup
	showing.Go(func() { t.show(errs, cmd.ErrOrStderr(), stop) })
	err = workers.Wait()
	close(stop)
	showing.Wait()
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
func (t *tally) drive(ctx context.Context, errs io.Writer, path string, args []string) error {
	command := exec.CommandContext(ctx, path, args...)
	command.Env = append(os.Environ(), "GOMAXPROCS=1") // one core each
	command.Stderr = errs
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
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
	if err == nil && !whole {
		err = errors.New("it ended before its time")
	}
	return err
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
	fmt.Fprintf(out, "%d of %d coverage marks reached; never: %s\n", len(marks.All())-len(missing), len(marks.All()), list(missing, marks.Mark.String))
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
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
	named := list(failures[:min(len(failures), seedsNamed)], func(l line) string { return fmt.Sprint(l.Seed) })
	if len(failures) > seedsNamed {
		named += ", …"
	}
	first := failures[0]
	fmt.Fprintf(out, "\n%s: %d of the runs, seeds %s\n  %s\n  Again: %s\n", class, len(failures), named, first.Text, f.again(first.Seed))
	if first.Dir != "" {
		fmt.Fprintf(out, "  Kept:  %s\n", first.Dir)
	}
}
