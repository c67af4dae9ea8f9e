package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
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
