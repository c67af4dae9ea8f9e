package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"senkei/harness"
)

func viewCommand() *cobra.Command {
	var open bool
	cmd := &cobra.Command{
		Use:   "view [RUN]",
		Short: "Show the result of a run, by default the last one",
		Args:  arguments(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := harness.Dir(filepath.Join("store", "latest"))
			if len(args) == 1 {
				dir = harness.Dir(args[0])
			}
			result, err := dir.ReadResult()
			if os.IsNotExist(err) {
				return usagef("%s has no result; `senkei check %s` makes one", dir, dir)
			}
			if err != nil {
				return err
			}
			describe(cmd.OutOrStdout(), result)
			if !open {
				return nil
			}
			if err := exec.Command("xdg-open", dir.Report()).Run(); err != nil {
				return fmt.Errorf("open %s in a browser: %w", dir.Report(), err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&open, "open", false, "open the report in the browser")
	return cmd
}
