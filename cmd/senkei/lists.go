package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"senkei/nemesis"
	"senkei/node/bugs"
)

// The commands that print a table.

func listCommand(name, short string, write func(w io.Writer) error) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			if err := write(w); err != nil {
				return err
			}
			return w.Flush()
		},
	}
}

func workloadsCommand() *cobra.Command {
	return listCommand("workloads", "List what clients can do", func(w io.Writer) error {
		for _, workload := range allWorkloads() {
			fmt.Fprintf(w, "%s\t%s\n", workload.Name, workload.Summary)
		}
		return nil
	})
}

func faultsCommand() *cobra.Command {
	return listCommand("faults", "List the faults with the fields of their steps, and the runtimes that can inject them", func(w io.Writer) error {
		for _, kind := range nemesis.Kinds() {
			fmt.Fprintf(w, "%s\t%s\t%s\n", kind.Name(), offeredBy(kind.Name()), kind.Summary)
			for _, p := range kind.Parameters {
				fmt.Fprintf(w, "  %s\t\t  %s: %s\n", p.Name, p.Meaning, p.Range)
			}
		}
		return nil
	})
}

func bugsCommand() *cobra.Command {
	return listCommand("bugs", "List the bugs that can be put into the node", func(w io.Writer) error {
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
	return listCommand("version", "Print the version", func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "senkei %s\n", version)
		return err
	})
}
