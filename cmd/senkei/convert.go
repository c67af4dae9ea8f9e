package main

import (
	"errors"

	"github.com/spf13/cobra"

	"senkei/history"
	"senkei/history/formats"
)

func convertCommand() *cobra.Command {
	var from source
	var to string
	cmd := &cobra.Command{
		Use:   "convert FILE",
		Short: "Write a history file in another format, to standard output",
		Args:  arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			format, err := formats.All().Find(to)
			if err != nil {
				return usagef("--to: %w", err)
			}
			h, err := from.read(args[0])
			if err != nil {
				return err
			}
			var unwritable *history.UnwritableError
			if err = format.Encode(cmd.OutOrStdout(), h); errors.As(err, &unwritable) {
				err = usagef("%s cannot be written as %s: %w", args[0], to, unwritable)
			}
			return err
		},
	}
	from.flags(cmd)
	cmd.Flags().StringVar(&to, "to", "jsonl", "format to write: "+list(formats.All(), func(f formats.Format) string { return f.Name }))
	return cmd
}
