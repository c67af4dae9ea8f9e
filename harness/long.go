package harness

import (
	"context"
	"errors"
	"os"

	"senkei/checker"
	"senkei/history"
	"senkei/history/formats"
)

// From these sizes on a file is judged without being held: an operation takes 184 bytes, and
// half as much or a twentieth of that in a file.
const (
	longBytes       = 512 << 20
	longPackedBytes = 32 << 20
)

// IsLong reports whether JudgeLong is for the file at path.
func IsLong(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	return info.Size() > longBytes || info.Size() > longPackedBytes && formats.IsPacked(path)
}

// ErrNotLong says that a file has to be judged as a whole after all: because of what is wrong
// with it, or because it is not written in the order of its events.
var ErrNotLong = errors.New("the history has to be judged as a whole")

// JudgeLong judges the history file at path, of any length: its operations are packed by key as
// they are read, and a key is unpacked when it is judged. So memory follows the number of keys,
// and the length of those that are judged. Weaker models are not tried. What read past or mended
// something is in notes.
func JudgeLong(ctx context.Context, path string, o formats.Options, p checker.Keyed, admit func(history.Input) error, lim checker.Limits) (r Result, notes []string, err error) {
	shelf := history.NewShelf("")
	defer func() { err = errors.Join(err, shelf.Close()) }()
	var sum Result
	succeeded := 0
	var broken error
	o.Each = func(op *history.Op) error {
		if err := ended(ctx); err != nil {
			return err
		}
		if err := admit(op.In); err != nil {
			return ErrNotLong
		}
		sum.Counts.Add(op.Outcome)
		if checker.Succeeded(*op) {
			succeeded++
		}
		sum.Duration = max(sum.Duration, Duration(op.End))
		broken = shelf.Put(op)
		return broken
	}
	h, err := formats.All().ReadFile(path, o)
	switch {
	case broken != nil:
		return Result{}, nil, broken
	case ctx.Err() != nil:
		return Result{}, nil, ended(ctx)
	case err != nil:
		return Result{}, nil, ErrNotLong
	}
	v := proven(checkKeys(ctx, p, lim, shelf.Keys(), shelf.Ops, h.Faults), sum.Counts.Total(), succeeded)
	r = summarize(v, h)
	r.Counts, r.Duration = sum.Counts, sum.Duration
	return r, h.Notes, nil
}
