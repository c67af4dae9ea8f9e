package history

import (
	"bufio"
	"bytes"
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

// ReadFile reads the history file at path. What is wrong in it is reported as
// "path:17: …".
func ReadFile(path string) (History, error) {
	f, err := os.Open(path)
	if err != nil {
		return History{}, fmt.Errorf("read history: %w", err)
	}
	defer f.Close()
	h, err := Decode(f)
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

// Decode reads a history in JSON Lines, one event a line with the field names of Event, and
// validates it as Assembler.Add does; what is wrong in a line is a *LineError. Blank lines are
// skipped, and fields that Event does not have are passed over. A line may have 1 MiB.
func Decode(r io.Reader) (History, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	a := NewAssembler()
	for number := 1; ; number++ {
		line, err := readLine(in)
		if errors.Is(err, errLongLine) {
			return History{}, Wrong(number, "longer than 1 MiB; shorten its value, or delete the line")
		}
		if err != nil && err != io.EOF {
			return History{}, fmt.Errorf("read history: %w", err)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			e, wrong := decode(number, line)
			if wrong == nil {
				wrong = a.Add(number, e)
			}
			if wrong != nil {
				return History{}, wrong
			}
		}
		if err == io.EOF {
			return a.History(), nil
		}
	}
}

var errLongLine = errors.New("line longer than 1 MiB")

// readLine returns the next line without its end, and io.EOF with the last one.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > lineBytesMax {
			return nil, errLongLine
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}
