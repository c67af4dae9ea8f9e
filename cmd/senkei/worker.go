package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"senkei/harness/campaign"
	"senkei/node/marks"
)

// A worker runs every n-th seed of a campaign and writes a line of JSON for each, and one at
// its end.

// line is what a worker says.
type line struct {
	Seed   uint64          `json:"seed"`
	Class  string          `json:"class,omitempty"`
	Text   string          `json:"text,omitempty"` // what failed, in a sentence
	Dir    string          `json:"dir,omitempty"`  // where it is kept
	Hash   uint64          `json:"hash"`
	Counts campaign.Counts `json:"counts"`
	// Ended is set in the last line, which concerns no seed.
	Ended *ended `json:"ended,omitempty"`
}

type ended struct {
	Marks *marks.Counts `json:"marks"`
	CPU   time.Duration `json:"cpu"` // processor time that the process used, in nanoseconds
}

// keptMax is how many failed seeds a worker keeps on disk; of the others the command that
// replays them is enough.
const keptMax = 5

// memoryLimit is what a process of a campaign grows to before it collects garbage, in bytes.
const memoryLimit = 256 << 20

// collectSeldom trades memory for time: a run leaves little behind.
func collectSeldom() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(memoryLimit)
}

// work runs the seeds that are this worker's.
func (f *simFlags) work(out io.Writer, all seeds) error {
	collectSeldom()
	profile, w, err := f.parts()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	var reached marks.Counts
	kept := 0
	for seed := all.first + uint64(f.worker); seed <= all.last; seed += uint64(f.jobs) {
		p, err := campaign.MakePlan(seed, profile, w)
		if err != nil {
			return err
		}
		options := f.options()
		options.Marks = &reached
		o := campaign.Run(p, w, options)
		said := line{Seed: seed, Class: o.Class, Text: o.Text(), Hash: o.Hash, Counts: o.Counts}
		if o.Class != "" && kept < keptMax {
			kept++
			dir, err := f.keep(f.nameOf(seed), p, w)
			if err != nil {
				return fmt.Errorf("keep seed %d: %w", seed, err)
			}
			said.Dir = string(dir)
		}
		if err := enc.Encode(said); err != nil {
			return err
		}
	}
	return enc.Encode(line{Ended: &ended{Marks: &reached, CPU: processorTime()}})
}

// nameOf names a seed's directory.
func (f *simFlags) nameOf(seed uint64) string {
	name := fmt.Sprintf("%s-%d", f.profile, seed)
	if f.bug != "" {
		name += "-" + f.bug
	}
	return name
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

const (
	benchRounds = 5
	benchRuns   = 200
)

// measure times rounds of runs in this process, each with plans of its own.
func (f *simFlags) measure(out io.Writer) error {
	if f.profile == campaign.Profiles()[0].Name {
		f.profile = "standard"
	}
	profile, w, err := f.parts()
	if err != nil {
		return err
	}
	collectSeldom()
	var rates []float64
	var total campaign.Counts
	for round := range benchRounds {
		began := processorTime()
		for i := range benchRuns {
			p, err := campaign.MakePlan(uint64(round*benchRuns+i), profile, w)
			if err != nil {
				return err
			}
			o := campaign.Run(p, w, f.options())
			total.Add(o.Counts)
		}
		rate := benchRuns / (processorTime() - began).Seconds()
		fmt.Fprintf(out, "round %d: %.0f runs per second of processor time\n", round+1, rate)
		rates = append(rates, rate)
	}
	slices.Sort(rates)
	runs := float64(benchRounds * benchRuns)
	faults := 0
	for _, n := range total.Faults {
		faults += n
	}
	fmt.Fprintf(out, "median %.0f (least %.0f, most %.0f); a run has %.0f operations, %.0f events and %.1f faults in force\n",
		rates[len(rates)/2], rates[0], rates[len(rates)-1],
		float64(total.Operations)/runs, float64(total.Events)/runs, float64(faults)/runs)
	return nil
}
