package history

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// appendLine appends the event as a line of the file, with its newline. Text that is not
// UTF-8, and a line that no reader accepts, are errors.
func appendLine(to []byte, e *Event) ([]byte, error) {
	from := len(to)
	to = append(to, '{')
	if e.Index != nil {
		to = strconv.AppendInt(append(to, `"index":`...), int64(*e.Index), 10)
		to = append(to, ',')
	}
	to = strconv.AppendInt(append(to, `"time":`...), e.Time, 10)
	to = appendProcess(append(to, `,"process":`...), e)
	to = appendString(append(to, `,"type":`...), e.Type)
	to = appendString(append(to, `,"f":`...), e.F)
	if e.Key != "" {
		to = append(to, `,"key":`...)
		if isPlainText(e.Key) && !readsLikeValue(e.Key) {
			to = appendString(to, e.Key)
		} else {
			to = append(to, KeyValue(e.Key)...)
		}
	}
	to = appendField(to, "value", e.Value)
	to = appendField(to, "observed", e.Observed)
	to = appendField(to, "result", e.Result)
	if e.Revision != 0 {
		to = strconv.AppendUint(append(to, `,"revision":`...), e.Revision, 10)
	}
	to = appendWord(to, "node", string(e.Node))
	if e.Fault != nil {
		to = strconv.AppendInt(append(to, `,"fault":`...), int64(*e.Fault), 10)
	}
	to = appendWord(to, "phase", e.Phase)
	to = appendWord(to, "text", e.Text)
	to = appendWord(to, "error", e.Error)
	to = append(to, "}\n"...)
	switch line := to[from:]; {
	case !e.Value.isJSON() || !e.Observed.isJSON() || !e.Result.isJSON():
		return to[:from], errors.New("a value is no JSON")
	case !utf8.Valid(line) || !utf8.ValidString(e.Key):
		return to[:from], errors.New("a key or a value is not valid UTF-8")
	case len(line) > lineBytesMax:
		return to[:from], fmt.Errorf("%d bytes are more than the %d that a line may have", len(line), lineBytesMax)
	}
	return to, nil
}

// isJSON reports whether a value is one of JSON, or not there.
func (v Value) isJSON() bool {
	if v == "" || len(v) > 1 && v[0] == '"' && v[len(v)-1] == '"' && isPlainText(v[1:len(v)-1]) || isWhole(v) || v == "null" {
		return true
	}
	s := scanner{text: []byte(v)}
	if _, err := s.skip(0); err != nil {
		return false
	}
	_, err := s.peek()
	return err != nil
}

func appendProcess(to []byte, e *Event) []byte {
	switch {
	case e.Process == nil:
		return appendString(to, e.Client)
	case *e.Process < 0:
		return appendString(to, e.Process.String())
	default:
		return strconv.AppendInt(to, int64(*e.Process), 10)
	}
}

// appendField appends a value, if it is there.
func appendField(to []byte, name string, v Value) []byte {
	if v == "" {
		return to
	}
	return append(append(append(append(to, `,"`...), name...), `":`...), v...)
}

// appendWord appends a text, if it is not empty.
func appendWord(to []byte, name, text string) []byte {
	if text == "" {
		return to
	}
	return appendString(append(append(append(to, `,"`...), name...), `":`...), text)
}

// appendString appends a text in quotes.
func appendString(to []byte, text string) []byte {
	if !isPlainText(text) {
		return append(to, Text(text)...)
	}
	return append(append(append(to, '"'), text...), '"')
}
