package history

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// LineError says which line of a history file is wrong, how, and what to do about it.
type LineError struct {
	Path string // of the file; empty where Decode was given no file
	Line int    // from 1; 0 where the file as a whole is meant
	Text string // one sentence: the problem; the remedy
}

// Error returns one sentence that begins with the place, as a compiler's does.
func (e *LineError) Error() string {
	switch {
	case e.Path == "" && e.Line == 0:
		return e.Text
	case e.Path == "":
		return fmt.Sprintf("line %d: %s", e.Line, e.Text)
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.Path, e.Text)
	default:
		return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text)
	}
}

// Wrong returns a *LineError for this line of an unnamed file.
func Wrong(line int, format string, args ...any) error {
	return &LineError{Line: line, Text: fmt.Sprintf(format, args...)}
}

// ReadFile reads the history file at path, in JSON. What is wrong in it is reported as
// "path:17: …".
func ReadFile(path string) (History, error) {
	f, err := os.Open(path)
	if err != nil {
		return History{}, fmt.Errorf("read history: %w", err)
	}
	defer f.Close()
	var o Options
	if info, err := f.Stat(); err == nil {
		o.SizeBytes = info.Size()
	}
	h, err := o.Decode(f)
	var wrong *LineError
	if errors.As(err, &wrong) {
		wrong.Path = path
		return History{}, wrong
	}
	if err != nil {
		return History{}, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// Decode reads a history in JSON with the field names of Event: one event a line, one object
// after another however they are broken into lines, or all in one array. It validates it as
// Assembler.Add does; what is wrong in a line is a *LineError. Blank lines are skipped, and
// fields that Event does not have are passed over. An event may have 16 MiB. One that is cut
// off at the end of the file, as by a crash or a full disk, is left out, and History.Notes say
// so.
func Decode(r io.Reader) (History, error) { return Options{}.Decode(r) }

// Decode reads a history as the function does.
func (o Options) Decode(r io.Reader) (History, error) {
	a := NewAssembler(o)
	if err := decodeAll(r, a); err != nil {
		return History{}, err
	}
	return a.History()
}
