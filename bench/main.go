// Command senkei-bench measures Senkei beside others: the same load, the same machine, one
// run. For the node beside etcd it starts both clusters itself, as processes on 127.0.0.1,
// and removes them in the end; start at compareTo (rounds of load) and killing (leaders).
// For the checker beside Porcupine each check has a process of its own; start at contest. So has
// each reader beside others; start at reading.
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
	"github.com/spf13/pflag"
)

func main() {
	runSelf(os.Args)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := command().ExecuteContext(ctx)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err != nil && interrupted:
		fmt.Fprintln(os.Stderr, "senkei-bench: interrupted; what it had started is gone")
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "senkei-bench:", err)
		os.Exit(1)
	}
}

// runSelf does not return where the bench has started itself, as an etcd node or for a
// trial of a checker.
func runSelf(args []string) {
	if len(args) < 2 {
		return
	}
	switch args[1] {
	case etcdCommand:
		os.Exit(runEtcd(args[2:]))
	case trialCommand:
		os.Exit(runTrial(args[2:]))
	case readingCommand:
		os.Exit(runReading(args[2:]))
	}
}

// options are what subcommands can be told: where the result goes, and, if they start
// clusters, how.
type options struct {
	json   string // file for the result; empty writes none
	binary string // senkei-node
	dir    string // where the data go; empty is the system's directory for temporary files
	nodes  int
}

func command() *cobra.Command {
	var opts options
	root := &cobra.Command{
		Use:           "senkei-bench",
		Short:         "Measure Senkei's node beside etcd, its checker beside Porcupine, and its reader beside others",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.PersistentFlags().StringVar(&opts.json, "json", "", "file to write the result to, as JSON")
	for _, cmd := range []*cobra.Command{nodeCommand(&opts), failoverCommand(&opts), memoryCommand(&opts)} {
		opts.addClusterFlags(cmd.Flags())
		root.AddCommand(cmd)
	}
	root.AddCommand(checkerCommand(&opts), historyCommand(&opts))
	return root
}

func (o *options) addClusterFlags(set *pflag.FlagSet) {
	set.StringVar(&o.binary, "senkei-node", "bin/senkei-node", "the node's binary")
	set.StringVar(&o.dir, "dir", "", "directory for the data of both, on the disk to measure (default the system's temporary one)")
	set.IntVar(&o.nodes, "nodes", 3, "nodes of each cluster")
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
type measurement func(ctx context.Context, clusters []*deployment) (printer, error)

// both are the systems to compare.
func (o *options) both() []rival { return []rival{newSenkei(o.binary), &etcd{}} }

// measure starts a cluster of each system, runs what is to be measured, removes them and
// shows the result.
func (o *options) measure(ctx context.Context, systems []rival, run measurement) error {
	if o.nodes < 1 || o.nodes > nodesMax {
		return fmt.Errorf("--nodes %d: give a cluster between 1 and %d nodes", o.nodes, nodesMax)
	}
	result, err := o.withClusters(ctx, systems, run)
	if err != nil {
		return err
	}
	return o.show(result)
}

// show prints a result and writes it to the file that was asked for.
func (o *options) show(result printer) error {
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

func (o *options) withClusters(ctx context.Context, systems []rival, run measurement) (result printer, err error) {
	dir, err := os.MkdirTemp(o.dir, "senkei-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var clusters []*deployment
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
