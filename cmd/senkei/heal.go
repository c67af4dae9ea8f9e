package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"senkei/harness/cluster/docker"
	"senkei/harness/cluster/local"
)

func healCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "heal",
		Short: "Remove what runs that died left behind: containers, networks, volumes, processes",
		Long: `Remove the containers, networks, volumes, processes and temporary files of runs whose
harness is gone. Runs that are still under way are left alone.`,
		Args: arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			log := func(line string) { fmt.Fprintln(out, line) }
			removed, err := local.Heal(cmd.Context(), log)
			if unavailable := docker.Available(cmd.Context()); unavailable != nil {
				fmt.Fprintf(out, "Containers were not looked for: %v\n", unavailable)
			} else {
				n, failure := docker.Heal(cmd.Context(), log)
				removed, err = removed+n, errors.Join(err, failure)
			}
			fmt.Fprintf(out, "%d things removed\n", removed)
			return err
		},
	}
}
