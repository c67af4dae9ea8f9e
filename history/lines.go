package history

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// EachLine calls each for every line of r that is not blank, with its number, from 1. A line
// of more than bytesMax bytes is a *LineError that says tooLong.
func EachLine(r io.Reader, bytesMax int, tooLong string, each func(number int, line string) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, bytesMax)
	number := 0
	for lines.Scan() {
		number++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		if err := each(number, lines.Text()); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return Wrong(number+1, "%s", tooLong)
	}
	if lines.Err() != nil {
		return fmt.Errorf("read history: %w", lines.Err())
	}
	return nil
}
