package history

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// decode reads one line of JSON.
func decode(number int, line []byte) (e Event, err error) {
	if !utf8.Valid(line) {
		return e, Wrong(number, "not valid UTF-8; save the file as UTF-8, or delete the line")
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return e, malformed(number, err)
	}
	return e, nil
}

// malformed says what encoding/json found in words that name the remedy.
func malformed(line int, err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return Wrong(line, "a JSON %s where an object should be; write one event as an object, or delete the line", kind.Value)
		}
		return Wrong(line, "%q is a JSON %s where %s should be; correct it", kind.Field, kind.Value, wanted(kind.Field))
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return Wrong(line, "not valid JSON (%s); delete the line: an operation without a completion counts as unknown", err)
	}
	return Wrong(line, "%s; correct it", err)
}

func wanted(field string) string {
	switch field {
	case "index", "time", "fault", "revision":
		return "a whole number"
	default:
		return "a string"
	}
}
