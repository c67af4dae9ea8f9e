// Command senkei-bench measures Senkei's node beside etcd: the same load, the same
// machine, one run. It starts both clusters itself, as processes on 127.0.0.1, and
// removes them in the end. Start at compareTo (rounds of load) and killing
// (leaders).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == etcdCommand {
		os.Exit(runEtcd(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := command().ExecuteContext(ctx)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err != nil && interrupted:
		fmt.Fprintln(os.Stderr, "senkei-bench: interrupted; the clusters are removed")
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "senkei-bench:", err)
		os.Exit(1)
	}
}

// options are what all subcommands can be told.
type options struct {
	binary string // senkei-node
	dir    string // where the data go; empty is the system's directory for temporary files
	nodes  int
	json   string // file for the result; empty writes none
}

func command() *cobra.Command {
	var opts options
	root := &cobra.Command{
		Use:           "senkei-bench",
		Short:         "Measure Senkei's node beside etcd",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	set := root.PersistentFlags()
	set.StringVar(&opts.binary, "senkei-node", "bin/senkei-node", "the node's binary")
	set.StringVar(&opts.dir, "dir", "", "directory for the data of both, on the disk to measure (default the system's temporary one)")
	set.IntVar(&opts.nodes, "nodes", 3, "nodes of each cluster")
	set.StringVar(&opts.json, "json", "", "file to write the result to, as JSON")
	root.AddCommand(nodeCommand(&opts), failoverCommand(&opts), memoryCommand(&opts))
	return root
}

func nodeCommand(opts *options) *cobra.Command {
	plan := defaultPlan()
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Operations per second and latencies of puts and linearizable gets",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := plan.validate(); err != nil {
				return err
			}
			return opts.measure(cmd.Context(), opts.both(), plan.compareTo(os.Stderr))
		},
	}
	cmd.Flags().IntVar(&plan.rounds, "rounds", plan.rounds, "rounds of each cell, in which the systems take turns")
	cmd.Flags().DurationVar(&plan.length, "length", plan.length, "length of one round, after its warm-up")
	cmd.Flags().IntSliceVar(&plan.clients, "clients", plan.clients, "numbers of clients")
	return cmd
}

func failoverCommand(opts *options) *cobra.Command {
	kills := 10
	cmd := &cobra.Command{
		Use:   "failover",
		Short: "Time from the leader's death under load to the next acknowledged write",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if kills < 1 || kills > killsMax || opts.nodes < 3 {
				return fmt.Errorf("--kills %d --nodes %d: kill between 1 and %d leaders of at least 3 nodes", kills, opts.nodes, killsMax)
			}
			return opts.measure(cmd.Context(), opts.both(), killing(kills, os.Stderr))
		},
	}
	cmd.Flags().IntVar(&kills, "kills", kills, "leaders of each system to kill")
	return cmd
}

// measurement is what is done with clusters that run.
type measurement func(ctx context.Context, clusters []*cluster) (printer, error)

// both are the systems to compare.
func (o *options) both() []system { return []system{senkei{binary: o.binary}, etcd{}} }

// measure starts a cluster of each system, runs what is to be measured, removes them and
// shows the result.
func (o *options) measure(ctx context.Context, systems []system, run measurement) error {
	if o.nodes < 1 || o.nodes > nodesMax {
		return fmt.Errorf("--nodes %d: give a cluster between 1 and %d nodes", o.nodes, nodesMax)
	}
	result, err := o.withClusters(ctx, systems, run)
	if err != nil {
		return err
	}
	result.print(os.Stdout)
	if o.json == "" {
		return nil
	}
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return os.WriteFile(o.json, append(text, '\n'), 0o644)
}

func (o *options) withClusters(ctx context.Context, systems []system, run measurement) (result printer, err error) {
	dir, err := os.MkdirTemp(o.dir, "senkei-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var clusters []*cluster
	for _, s := range systems {
		c, err := start(ctx, s, o.nodes, dir)
		if err != nil {
			return nil, err
		}
		defer c.close()
		clusters = append(clusters, c)
	}
	return run(ctx, clusters)
}
