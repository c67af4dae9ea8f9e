package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"senkei/harness/cluster"
)

const (
	// putsMax bounds how much one run writes.
	putsMax = 10_000_000
	// memoryClients drive the load.
	memoryClients = 256
	sampleEvery   = 100 * time.Millisecond
)

func memoryCommand(opts *options) *cobra.Command {
	puts := 1_000_000
	cmd := &cobra.Command{
		Use:   "memory",
		Short: "Memory and disk of our nodes while they take many puts over few keys",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if puts < 1 || puts > putsMax {
				return fmt.Errorf("--puts %d: write between 1 and %d", puts, putsMax)
			}
			return opts.measure(cmd.Context(), []rival{newSenkei(opts.binary)}, filling(puts, os.Stderr))
		},
	}
	cmd.Flags().IntVar(&puts, "puts", puts, "how many values to write")
	return cmd
}

// footprint is the most that one node took at any time.
type footprint struct {
	Node       string `json:"node"`
	ResidentB  int64  `json:"resident_bytes"`  // resident memory of the process
	DirectoryB int64  `json:"directory_bytes"` // files of its data directory
}

type footprints struct {
	Puts    int         `json:"puts"`
	Errors  int         `json:"errors"`
	Seconds float64     `json:"seconds"`
	Nodes   []footprint `json:"nodes"`
}

// filling writes the values and watches the nodes meanwhile.
func filling(puts int, progress io.Writer) measurement {
	return func(ctx context.Context, clusters []*deployment) (printer, error) {
		c := clusters[0]
		all := c.connect(memoryClients, 0)
		defer all.close()
		result := &footprints{Puts: puts}
		for _, n := range c.nodes {
			result.Nodes = append(result.Nodes, footprint{Node: string(n.ID)})
		}
		fmt.Fprintf(progress, "%d puts\n", puts)
		began := time.Now()
		written := make(chan struct{})
		var left, failed atomic.Int64
		left.Store(int64(puts))
		go func() { // ends with its clients, whom the loop below waits for
			defer close(written)
			var running sync.WaitGroup
			for i, client := range all {
				running.Go(func() { writeOn(ctx, client, rand.New(rand.NewPCG(uint64(i), 2)), &left, &failed) })
			}
			running.Wait()
		}()
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		for done := false; !done; {
			select {
			case <-written:
				done = true
			case <-tick.C:
			}
			if err := result.sample(c.nodes); err != nil {
				return nil, err
			}
		}
		result.Seconds = time.Since(began).Seconds()
		result.Errors = int(failed.Load())
		return result, ctx.Err()
	}
}

// writeOn puts values until nobody has any left to write. What fails is counted and not
// written again.
func writeOn(ctx context.Context, c cluster.Client, rng *rand.Rand, left, failed *atomic.Int64) {
	value := text(rng)
	for left.Add(-1) >= 0 && ctx.Err() == nil {
		if err := write(ctx, c, key(rng.IntN(keysMax)), value); err != nil {
			failed.Add(1)
			time.Sleep(afterError)
		}
	}
}

func (f *footprints) sample(nodes []*process) error {
	for i, n := range nodes {
		resident, err := statusBytes(n.cmd.Process.Pid, "VmRSS")
		if err != nil {
			return fmt.Errorf("%s: %w", n.ID, err)
		}
		of := &f.Nodes[i]
		of.ResidentB = max(of.ResidentB, resident)
		of.DirectoryB = max(of.DirectoryB, directoryBytes(n.DataDir))
	}
	return nil
}

// statusBytes returns one of the sizes that the kernel knows of a process.
func statusBytes(pid int, field string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no %s", pid, field)
}

// directoryBytes adds up the files. Those that come and go meanwhile may be missed.
func directoryBytes(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

func (f *footprints) print(w io.Writer) {
	fmt.Fprintf(w, "%d puts of %d bytes over %d keys in %.0f s (%.0f/s), %d errors; the most at any time:\n",
		f.Puts, valueBytes, keysMax, f.Seconds, float64(f.Puts)/f.Seconds, f.Errors)
	for _, n := range f.Nodes {
		fmt.Fprintf(w, "  %s  resident %4d MB  directory %4d MB\n", n.Node, n.ResidentB>>20, n.DirectoryB>>20)
	}
}
