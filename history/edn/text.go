package edn

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"senkei/history"
	"senkei/history/edn/form"
)

// lineBytesMax bounds a line of a history.txt.
const lineBytesMax = 16 << 20

// DecodeText reads the history.txt that Jepsen writes beside its EDN: a line an event, with
// process, type, function, value and perhaps an error, a tabulator between them. It follows the
// rules of Decode.
func DecodeText(r io.Reader, o Options) (history.History, error) {
	d := newDecoder(o)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, lineBytesMax)
	number := 0
	for lines.Scan() {
		number++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		p, err := textEvent(number, lines.Text())
		if err == nil {
			err = d.add(p)
		}
		if err != nil {
			return history.History{}, err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return history.History{}, history.Wrong(number+1, "longer than %d MiB; shorten its value, or delete the line", lineBytesMax>>20)
	}
	if lines.Err() != nil {
		return history.History{}, fmt.Errorf("read history: %w", lines.Err())
	}
	return d.end()
}

func textEvent(number int, line string) (p parsed, err error) {
	columns := strings.SplitN(line, "\t", 4)
	if len(columns) < 4 {
		return p, history.Wrong(number, "no event of the form \"3\\t:invoke\\t:write\\t4\"; delete the line: an operation without a completion counts as unknown")
	}
	p.line = number
	for i, name := range []string{"process", "type", "f"} {
		f, err := one(columns[i])
		if err == nil {
			err = p.field(name, f)
		}
		if err != nil {
			return p, history.Wrong(number, "the %s is %s: %v", name, columns[i], err)
		}
	}
	if p.value, err = one(columns[3]); err != nil { // an error may follow it
		return p, history.Wrong(number, "the value %s: %v", columns[3], err)
	}
	p.value.Line = number
	return p, nil
}

// one reads the first form of a text.
func one(text string) (form.Form, error) {
	f, err := form.Parse(text)
	var wrong *history.LineError
	if errors.As(err, &wrong) {
		err = errors.New(wrong.Text)
	}
	return f, err
}
