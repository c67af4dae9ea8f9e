package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"senkei/harness"
	"senkei/harness/compose"
)

func composeCommand() *cobra.Command {
	var nodes int
	file := harness.Output{Flag: "--file", Mark: compose.Mark}
	cmd := &cobra.Command{
		Use:   "compose",
		Short: "Write a docker-compose.yml for a cluster of the reference node",
		Long: `Write a docker-compose.yml for nodes named node1, node2, … It belongs beside the
Dockerfile; then docker-compose up -d --build starts them, docker-compose logs node1 -f
follows one and docker-compose down removes them.`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if nodes < 1 || nodes > compose.MaxNodes {
				return usagef("--nodes %d: choose 1 to %d", nodes, compose.MaxNodes)
			}
			if file.Path == "-" {
				return compose.Write(cmd.OutOrStdout(), nodes)
			}
			if err := file.Validate(); err != nil {
				return usage{err}
			}
			if err := file.Write(cmd.Context(), func(w io.Writer) error { return compose.Write(w, nodes) }); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s describes %d nodes\n", file.Path, nodes)
			return err
		},
	}
	cmd.Flags().IntVar(&nodes, "nodes", 5, "how many nodes")
	cmd.Flags().StringVar(&file.Path, "file", "docker-compose.yml", "the file to write; - is stdout")
	return cmd
}
