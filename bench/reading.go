package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// reading is what a comparison of readers measures. Each measurement has a process of its own.
type reading struct {
	senkei   string // the binary
	dir      string // where the histories are written
	only     string // which rows, as a regular expression
	markdown string // file whose marked section becomes the table; empty is none
}

func historyCommand(opts *options) *cobra.Command {
	r := reading{senkei: "bin/senkei"}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Time and memory of senkei check on long histories, and bytes per second of readers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			result, err := r.run(cmd.Context(), os.Stderr)
			if err != nil {
				return err
			}
			return errors.Join(opts.show(result), publish(r.markdown, "bench-history", result.page()))
		},
	}
	set := cmd.Flags()
	set.StringVar(&r.senkei, "senkei", r.senkei, "the binary of senkei")
	set.StringVar(&r.dir, "dir", r.dir, "directory for the histories, some gigabytes (default the system's temporary one)")
	set.StringVar(&r.only, "only", r.only, "measure only the rows whose text, as the progress shows it, matches this regular expression")
	set.StringVar(&r.markdown, "markdown", r.markdown, "file in which to write the table, between two comments that it has")
	return cmd
}

// effort is what a process took.
type effort struct {
	What      string    `json:"what"`
	History   recording `json:"history"`
	Bytes     int64     `json:"bytes"` // of the file
	Seconds   float64   `json:"seconds"`
	CPUs      float64   `json:"cpu_seconds"` // of all cores together
	PeakB     int64     `json:"peak_bytes"`
	secondMax float64   // what it has set itself; 0 is nothing
	peakMax   int64
}

// effortRow is a row of the comparison.
type effortRow struct {
	what      string
	of        recording
	secondMax float64
	peakMax   int64
	args      func(r reading, path string) []string
}

func (w effortRow) String() string { return w.what + ": " + w.of.String() }

var (
	million    = recording{Operations: 1_000_000}
	millionEDN = recording{Operations: 1_000_000, EDN: true}
	tenMillion = recording{Operations: 10_000_000}
	night      = recording{Operations: 30_000_000, Packed: true}
)

// effortRows are what is measured unless --only picks some.
func effortRows() []effortRow {
	check := func(r reading, path string) []string { return []string{r.senkei, "check", path, "--check-time", "10m"} }
	trial := func(name string) func(reading, string) []string {
		return func(_ reading, path string) []string { return []string{"", readingCommand, name, path} }
	}
	return []effortRow{
		{"senkei check", million, 2, 500e6, check},
		{"senkei check", millionEDN, 4, 0, check},
		{"senkei check", tenMillion, 20, 3e9, check},
		{"senkei check", night, 60, 1e9, check},
		{"wc -l", million, 0, 0, func(_ reading, path string) []string { return []string{"wc", "-l", path} }},
		{simdReader, million, 0, 0, trial(simdReader)},
		{ownReader, million, 0, 0, trial(ownReader)},
		{goReader, million, 0, 0, trial(goReader)},
		{regexpReader, million, 0, 0, trial(regexpReader)},
	}
}

// efforts are the result of a comparison.
type efforts struct {
	CPUs    int      `json:"cpus"`
	Go      string   `json:"go"`
	Load    string   `json:"load"` // of the machine before, as the kernel tells it
	Efforts []effort `json:"efforts"`
}

func (r reading) run(ctx context.Context, progress io.Writer) (result *efforts, err error) {
	fits, err := regexp.Compile(r.only)
	if err != nil {
		return nil, fmt.Errorf("--only: %w", err)
	}
	dir, err := os.MkdirTemp(r.dir, "senkei-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	result = newEfforts()
	var written recording
	path := filepath.Join(dir, "history")
	for _, w := range effortRows() {
		if !fits.MatchString(w.String()) {
			continue
		}
		if written != w.of {
			fmt.Fprintf(progress, "write %s\n", w.of)
			text, err := json.Marshal(w.of)
			if err == nil {
				_, err = spend(ctx, []string{"", readingCommand, "write", path, string(text)})
			}
			if err != nil {
				return nil, err
			}
			written = w.of
		}
		fmt.Fprintln(progress, w)
		e, err := r.measure(ctx, w, path)
		if err != nil {
			return nil, err
		}
		result.Efforts = append(result.Efforts, e)
	}
	return result, nil
}

func (r reading) measure(ctx context.Context, w effortRow, path string) (effort, error) {
	info, err := os.Stat(path)
	if err != nil {
		return effort{}, err
	}
	e, err := spend(ctx, w.args(r, path))
	e.What, e.History, e.Bytes, e.secondMax, e.peakMax = w.what, w.of, info.Size(), w.secondMax, w.peakMax
	if err != nil {
		err = fmt.Errorf("%s: %w", w, err)
	}
	return e, err
}

// spend runs a command, this program where the name is empty, and measures what that takes.
// This process is to stay small: what it holds itself counts as held by those that it starts.
func spend(ctx context.Context, args []string) (effort, error) {
	if args[0] == "" {
		self, err := os.Executable()
		if err != nil {
			return effort{}, err
		}
		args[0] = self
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return effort{}, fmt.Errorf("%w: %s", err, firstLine(said.String()))
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return effort{
		Seconds: time.Since(began).Seconds(),
		CPUs:    (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
		PeakB:   usage.Maxrss << 10,
	}, nil
}
