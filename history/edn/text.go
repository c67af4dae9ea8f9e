package edn

import (
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
	tooLong := fmt.Sprintf("longer than %d MiB; shorten its value, or delete the line", lineBytesMax>>20)
	err := history.EachLine(r, lineBytesMax, tooLong, func(number int, line string) error {
		e, err := textEvent(number, line)
		if err != nil {
			return err
		}
		return d.add(e)
	})
	if err != nil {
		return history.History{}, err
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
