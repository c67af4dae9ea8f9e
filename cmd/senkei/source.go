package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"senkei/harness"
	"senkei/history"
	"senkei/history/formats"
)

// source is how a history file is read.
type source struct {
	format, order, initial string
	keyed                  bool
	functions              map[string]string
	warn                   func() io.Writer
}

func (s *source) flags(cmd *cobra.Command) {
	s.warn = cmd.ErrOrStderr
	cmd.Flags().StringVar(&s.format, "format", "", "format of FILE: "+list(formats.All(), func(f formats.Format) string { return f.Name })+" (default: what its content says)")
	cmd.Flags().BoolVar(&s.keyed, "keyed", false, "the values of an EDN file are pairs of a key and a value, as jepsen.independent writes them (default: where that is certain)")
	cmd.Flags().StringVar(&s.order, "order", "", "order of the events: time, where clients were logged apart and their clocks can be trusted (default: as they stand, or by their indexes)")
	cmd.Flags().StringToStringVar(&s.functions, "map", nil, "what names of FILE mean, such as put=write,get=read")
	cmd.Flags().StringVar(&s.initial, "initial", "", "value with which every object begins, in JSON: it counts as written to each key before everything else (default: objects begin empty)")
}

// given reports whether a flag says how to read a file.
func (s source) given() bool {
	return s.format != "" || s.keyed || s.order != "" || s.initial != "" || len(s.functions) > 0
}

func (s source) options() (o formats.Options, err error) {
	o.Format, o.Keyed = s.format, s.keyed
	if s.format != "" {
		if _, err := formats.All().Find(s.format); err != nil {
			return o, usagef("--format: %w", err)
		}
	}
	switch s.order {
	case "":
	case "time":
		o.Order = history.ByTime
	case "index":
		o.Order = history.ByIndex
	default:
		return o, usagef("--order %q: choose time or index", s.order)
	}
	if s.initial != "" {
		if o.Initial, err = history.ParseValue([]byte(s.initial)); err != nil {
			return o, usagef(`--initial %s: %w; write a value in JSON, such as 0 or '"a"'`, s.initial, err)
		}
	}
	o.Functions = map[string]history.Func{}
	for name, meant := range s.functions {
		if !slices.Contains(history.Funcs(), history.Func(meant)) {
			return o, usagef("--map %s=%s: choose one of %s", name, meant, list(history.Funcs(), func(f history.Func) string { return string(f) }))
		}
		o.Functions[name] = history.Func(meant)
	}
	return o, nil
}

// read reads a file until ctx ends, and says what was read past.
func (s source) read(ctx context.Context, path string) (history.History, error) {
	o, err := s.options()
	if err != nil {
		return history.History{}, err
	}
	h, err := harness.Until(ctx, func() (history.History, error) { return formats.All().ReadFile(path, o) })
	var missing *fs.PathError
	if errors.As(err, &missing) {
		return h, usage{err}
	}
	for _, note := range h.Notes {
		fmt.Fprintln(s.warn(), "note:", note)
	}
	return h, err
}
