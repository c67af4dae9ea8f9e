package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// onceAbove is how long a trial may take to be repeated in later rounds.
const onceAbove = 3 * time.Second

// Bounds of a contest.
const (
	limitMax     = time.Hour
	memoryCapMax = 1 << 20 // MiB
)

// contest is what both checkers are put through.
type contest struct {
	only      string // which rows, as a regular expression; empty is all of them
	rounds    int
	limit     time.Duration // for one check
	memoryMiB int64         // for one check, beyond the history
	markdown  string        // file whose marked section becomes the table; empty is none
}

func checkerCommand(opts *options) *cobra.Command {
	c := contest{rounds: 3, limit: 20 * time.Second, memoryMiB: 6 << 10}
	cmd := &cobra.Command{
		Use:   "checker",
		Short: "Time and memory of the checker beside Porcupine's, on the same histories",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := c.rows()
			if err != nil {
				return err
			}
			r, err := c.run(cmd.Context(), chosen, os.Stderr)
			if err != nil {
				return err
			}
			return errors.Join(opts.show(r), r.refuted(), c.publish(r))
		},
	}
	set := cmd.Flags()
	set.StringVar(&c.only, "only", c.only, "measure only the rows whose text, as the progress shows it, matches this regular expression, such as 'set; 8 clients'")
	set.IntVar(&c.rounds, "rounds", c.rounds, "rounds of each row, in which the checkers take turns; a check of more than 3s is in one only")
	set.DurationVar(&c.limit, "limit", c.limit, "time for one check")
	set.Int64Var(&c.memoryMiB, "memory-cap", c.memoryMiB, "memory for one check beyond the history, in MiB")
	set.StringVar(&c.markdown, "markdown", c.markdown, "file in which to write the table, between two comments that it has")
	return cmd
}

// rows returns the rows that were chosen.
func (c contest) rows() ([]row, error) {
	if c.rounds < 1 || c.rounds > roundsMax || c.limit < time.Millisecond || c.limit > limitMax || c.memoryMiB < 1 || c.memoryMiB > memoryCapMax {
		return nil, fmt.Errorf("--rounds %d --limit %v --memory-cap %d: choose 1 to %d rounds, 1ms to %v and 1 to %d MiB",
			c.rounds, c.limit, c.memoryMiB, roundsMax, limitMax, memoryCapMax)
	}
	fits, err := regexp.Compile(c.only)
	if err != nil {
		return nil, fmt.Errorf("--only: %w", err)
	}
	chosen := slices.DeleteFunc(rows(), func(w row) bool { return !fits.MatchString(w.String()) })
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--only %s: no row has that text; the first one is %q", c.only, rows()[0])
	}
	return chosen, nil
}

// standing is how one checker did in a row.
type standing struct {
	Checker        string    `json:"checker"`
	Verdict        verdict   `json:"verdict"`
	Bound          string    `json:"bound,omitempty"` // within which there was no verdict: "20 s" or "3 GiB"
	Seconds        spread    `json:"seconds"`         // over the rounds; without a verdict, how long there was none
	PeakB          int64     `json:"peak_bytes"`      // beyond the history; the median
	SecondsByRound []float64 `json:"seconds_by_round"`
}

// match is one row with both checkers.
type match struct {
	Row       row      `json:"row"`
	Senkei    standing `json:"senkei"`
	Porcupine standing `json:"porcupine"`
}

// run measures row after row, and tells progress how far it is. Within a row the checkers
// take turns, so that what else the machine does hits both.
func (c contest) run(ctx context.Context, chosen []row, progress io.Writer) (*matches, error) {
	result := newMatches(c)
	for i, w := range chosen {
		fmt.Fprintf(progress, "%d of %d: %s\n", i+1, len(chosen), w)
		m, err := c.measure(ctx, w)
		if err != nil {
			return nil, err
		}
		result.Matches = append(result.Matches, m)
	}
	result.Targets = targetsOf(result.Matches)
	return result, nil
}

func (c contest) measure(ctx context.Context, w row) (match, error) {
	names := []string{senkeiChecker, porcupineChecker}
	outcomes := map[string][]outcome{}
	for range c.rounds {
		for _, name := range names {
			if before := outcomes[name]; len(before) > 0 && before[len(before)-1].Seconds > onceAbove.Seconds() {
				continue
			}
			t := trial{Row: w, Checker: name, Limit: c.limit, MemoryBytes: c.memoryMiB << 20}
			o, err := t.inProcess(ctx)
			if err != nil {
				return match{}, err
			}
			outcomes[name] = append(outcomes[name], o)
		}
		slices.Reverse(names)
	}
	return match{w, c.standing(senkeiChecker, outcomes[senkeiChecker]), c.standing(porcupineChecker, outcomes[porcupineChecker])}, nil
}

// standing sums up the rounds. A checker that once had no verdict has none.
func (c contest) standing(name string, rounds []outcome) standing {
	s := standing{Checker: name, Verdict: rounds[0].Verdict}
	var peaks []float64
	for _, o := range rounds {
		if o.Verdict == none {
			s.Verdict, s.Bound = none, c.bound(o.Beyond)
		}
		s.SecondsByRound = append(s.SecondsByRound, o.Seconds)
		peaks = append(peaks, float64(o.PeakB))
	}
	s.Seconds, s.PeakB = spreadOf(s.SecondsByRound), int64(spreadOf(peaks).Median)
	return s
}

func (c contest) bound(b bound) string {
	if b == inMemory {
		return mebibytes(c.memoryMiB)
	}
	return fmt.Sprintf("%v s", c.limit.Seconds())
}

// refuted is an error if a checker said what is not true of a history: of one that was really
// executed that it is invalid, or of one with a violation that it is valid.
func (r *matches) refuted() error {
	var all []error
	for _, m := range r.Matches {
		for _, s := range []standing{m.Senkei, m.Porcupine} {
			if s.Verdict != none && s.Verdict != m.Row.truth() {
				all = append(all, fmt.Errorf("%s says %s of: %s", s.Checker, s.Verdict, m.Row))
			}
		}
	}
	return errors.Join(all...)
}
