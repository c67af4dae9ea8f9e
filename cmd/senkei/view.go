package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"senkei/harness"
)

func viewCommand() *cobra.Command {
	j := newJudging()
	var open bool
	cmd := &cobra.Command{
		Use:   "view [RUN|FILE]",
		Short: "Show the result of a run, by default the last one, or that of a history file",
		Long: `Show the result that a run has, or judge a history file and leave its report in a temporary
directory. The flags but --open say how a file is read and judged.`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := filepath.Join("store", "latest")
			if len(args) == 1 {
				path = args[0]
			}
			if err := j.validate(); err != nil {
				return err
			}
			result, err := j.viewed(cmd.Context(), path)
			if err != nil {
				return err
			}
			describe(cmd.OutOrStdout(), result)
			if !open {
				return nil
			}
			if err := exec.Command("xdg-open", result.Report).Run(); err != nil {
				return fmt.Errorf("open %s in a browser: %w", result.Report, err)
			}
			return nil
		},
	}
	j.flags(cmd)
	cmd.Flags().BoolVar(&open, "open", false, "open the report in the browser")
	return cmd
}

// viewed returns the result of a run, or judges a file.
func (j *judging) viewed(ctx context.Context, path string) (harness.Result, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		dir, err := os.MkdirTemp("", "senkei-view-*")
		if err != nil {
			return harness.Result{}, err
		}
		j.report.Path = filepath.Join(dir, "report.html")
		ctx, cancel := context.WithTimeout(ctx, j.time)
		defer cancel()
		result, err := j.checkFile(ctx, path)
		if err != nil {
			_ = os.RemoveAll(dir) // nothing is in it
		}
		return result, err
	}
	dir := harness.Dir(path)
	result, err := dir.ReadResult()
	if os.IsNotExist(err) {
		return result, usagef("%s has no result; `senkei check %s` makes one", dir, dir)
	}
	if err != nil {
		return result, usage{err}
	}
	return result, nil
}
