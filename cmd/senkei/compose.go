package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"senkei/harness/compose"
)

func composeCommand() *cobra.Command {
	var nodes int
	var file string
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
			var text bytes.Buffer
			if err := compose.Write(&text, nodes); err != nil {
				return err
			}
			if file == "-" {
				_, err := cmd.OutOrStdout().Write(text.Bytes())
				return err
			}
			if err := replaceable(file); err != nil {
				return err
			}
			if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s describes %d nodes\n", file, nodes)
			return err
		},
	}
	cmd.Flags().IntVar(&nodes, "nodes", 5, "how many nodes")
	cmd.Flags().StringVar(&file, "file", "docker-compose.yml", "the file to write; - is stdout")
	return cmd
}

// replaceable refuses to overwrite a file that somebody else wrote.
func replaceable(file string) error {
	old, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !bytes.Contains(old, []byte(`written by "senkei compose"`)) {
		return usagef("--file %s: it exists and was not written by senkei; remove it or name another file", file)
	}
	return err
}
