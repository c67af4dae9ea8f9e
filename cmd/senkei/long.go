package main

import (
	"context"
	"errors"
	"fmt"

	"senkei/checker"
	"senkei/harness"
)

// checkLong judges a file that is too long to be held, if it is one, and if nothing is asked for
// that needs it whole.
func (j judging) checkLong(ctx context.Context, path string, m specification, lim checker.Limits) (r harness.Result, done bool, err error) {
	if j.certificate.Path != "" || j.report.Path != "" || !harness.IsLong(path) {
		return r, false, nil
	}
	o, err := j.source.options()
	if err != nil {
		return r, true, err
	}
	r, notes, err := harness.JudgeLong(ctx, path, o, m.property, m.admit, lim)
	if errors.Is(err, harness.ErrNotLong) {
		return r, false, nil
	}
	for _, note := range notes {
		fmt.Fprintln(j.source.warn(), "note:", note)
	}
	return r, true, err
}
