package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"senkei/nemesis"
	"senkei/node/bugs"
)

// The commands that print a table.

func listCommand(name, short string, write func(ctx context.Context, w io.Writer) error) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			if err := write(cmd.Context(), w); err != nil {
				return err
			}
			return w.Flush()
		},
	}
}

func workloadsCommand() *cobra.Command {
	return listCommand("workloads", "List what clients can do", func(_ context.Context, w io.Writer) error {
		for _, workload := range allWorkloads() {
			fmt.Fprintf(w, "%s\t%s\n", workload.Name, workload.Summary)
		}
		return nil
	})
}

func systemsCommand() *cobra.Command {
	return listCommand("systems", "List the stores that can be tested, and the runtimes that can start them", func(_ context.Context, w io.Writer) error {
		for _, s := range allSystems() {
			able := slices.DeleteFunc(allRuntimes(), func(r runtimeEntry) bool { return r.offers(s).Lacks() != nil })
			fmt.Fprintf(w, "%s\t%s\t%s\n", s.name, list(able, func(r runtimeEntry) string { return r.name }), s.summary)
		}
		return nil
	})
}

func faultsCommand() *cobra.Command {
	name := "node"
	cmd := listCommand("faults", "List the faults with the fields of their steps, and which runtimes can inject them here", func(ctx context.Context, w io.Writer) error {
		s, err := findSystem(name)
		if err != nil {
			return err
		}
		listFaults(ctx, w, s)
		return nil
	})
	cmd.Flags().StringVar(&name, "system", name, "the store under test: "+systemNames())
	return cmd
}

// listFaults writes a row for each kind of fault and, below, why some cannot be had.
func listFaults(ctx context.Context, w io.Writer, s systemEntry) {
	var reasons []string
	number := func(why error) int {
		i := slices.Index(reasons, why.Error())
		if i < 0 {
			i = len(reasons)
			reasons = append(reasons, why.Error())
		}
		return i + 1
	}
	fmt.Fprint(w, "fault")
	var columns []func(nemesis.Kind) error
	for _, r := range allRuntimes() {
		fmt.Fprintf(w, "\t%s", r.name)
		missing, offers := r.here(ctx), r.offers(s)
		columns = append(columns, func(k nemesis.Kind) error { return cmp.Or(missing, offers.Lacks(k.Needs()...)) })
	}
	fmt.Fprintln(w, "\t")
	for _, kind := range nemesis.Kinds() {
		fmt.Fprint(w, kind.Name())
		for _, lacks := range columns {
			if why := lacks(kind); why != nil {
				fmt.Fprintf(w, "\tno (%d)", number(why))
			} else {
				fmt.Fprint(w, "\tyes")
			}
		}
		fmt.Fprintf(w, "\t%s\n", kind.Summary)
		for _, p := range kind.Parameters {
			fmt.Fprintf(w, "  %s%s  %s: %s\n", p.Name, strings.Repeat("\t", len(columns)+1), p.Meaning, p.Range)
		}
	}
	for i, why := range reasons {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "(%d) %s\n", i+1, why)
	}
}

func bugsCommand() *cobra.Command {
	return listCommand("bugs", "List the bugs that can be put into the node", func(_ context.Context, w io.Writer) error {
		all, err := bugs.All()
		if err != nil {
			return err
		}
		for _, bug := range all {
			fmt.Fprintf(w, "%s\t%s\n", bug.Name, bug.Wrong)
		}
		return nil
	})
}

func versionCommand() *cobra.Command {
	return listCommand("version", "Print the version", func(_ context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, "senkei %s\n", version)
		return err
	})
}
