package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"senkei/harness"
	"senkei/history"
	"senkei/history/formats"
)

func convertCommand() *cobra.Command {
	var from source
	var to string
	out := harness.Output{Flag: "--output"}
	cmd := &cobra.Command{
		Use:   "convert FILE",
		Short: "Write a history file in another format",
		Args:  arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			format, err := formats.All().Find(to)
			if err != nil {
				return usagef("--to: %w", err)
			}
			out.Inputs = args
			if err := out.Validate(); err != nil {
				return usage{err}
			}
			h, err := from.read(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			encode := func(w io.Writer) error { return format.Encode(w, h) }
			if out.Path == "" {
				// What cannot be written is found before anything is.
				if err = encode(io.Discard); err == nil {
					err = encode(destination(cmd.OutOrStdout()))
				}
			} else {
				err = out.Write(cmd.Context(), encode)
			}
			var unwritable *history.UnwritableError
			if errors.As(err, &unwritable) {
				return usagef("%s cannot be written as %s: %w", args[0], to, unwritable)
			}
			return err
		},
	}
	from.flags(cmd)
	cmd.Flags().StringVarP(&out.Path, "output", "o", "", "write to `FILE`, whole or not at all (default: to standard output)")
	cmd.Flags().StringVar(&to, "to", "jsonl", "format to write: "+list(formats.All(), func(f formats.Format) string { return f.Name }))
	return cmd
}

// destination is where a history is written as it is, unless a person looks there.
func destination(out io.Writer) io.Writer {
	if widthOf(out) > 0 {
		return out
	}
	return unshown(out)
}
