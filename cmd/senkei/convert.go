package main

import (
	"errors"
	"io"
	"os"

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
			if err = writeWhole(cmd.OutOrStdout(), h, format); errors.As(err, &unwritable) {
				err = usagef("%s cannot be written as %s: %w", args[0], to, unwritable)
			}
			return err
		},
	}
	from.flags(cmd)
	cmd.Flags().StringVar(&to, "to", "jsonl", "format to write: "+list(formats.All(), func(f formats.Format) string { return f.Name }))
	return cmd
}

// writeWhole writes a history whole, or nothing of it where the format has no words for a part.
func writeWhole(out io.Writer, h history.History, format formats.Format) error {
	file, err := os.CreateTemp("", "senkei-convert-")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := os.Remove(file.Name()); err != nil { // it goes with this process
		return err
	}
	if err := format.Encode(file, h); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(out, file)
	return err
}
