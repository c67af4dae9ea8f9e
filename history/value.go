package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Value is a JSON scalar, or a list of values, in its canonical text: `2`, `"two"`,
// `true`, `[1,["a",null]]`. The zero value is the absence of a value, written null. Values
// are compared as text.
type Value string

// Absent is the value of a key that was never written.
const Absent Value = ""

// String returns the value as a person reads it: its JSON text, or "nothing".
func (v Value) String() string {
	if v == Absent {
		return "nothing"
	}
	return string(v)
}

// Int returns n as a value.
func Int(n int64) Value { return Value(strconv.FormatInt(n, 10)) }

// Text returns s as a value. Bytes that are not UTF-8 become U+FFFD.
func Text(s string) Value {
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("history: a string is always JSON: " + err.Error())
	}
	return Value(bytes.TrimSuffix(quoted.Bytes(), []byte("\n")))
}

// Text returns the string that the value holds, and whether it holds one.
func (v Value) Text() (string, bool) {
	if len(v) == 0 || v[0] != '"' {
		return "", false
	}
	if len(v) > 1 && strings.IndexAny(string(v[1:]), `"\\`) == len(v)-2 {
		return string(v[1 : len(v)-1]), true // nothing in it is escaped
	}
	var s string
	if json.Unmarshal([]byte(v), &s) != nil {
		return "", false
	}
	return s, true
}

// ParseValue brings a JSON scalar into the canonical text by which values are compared:
// null becomes Absent, 1.0 and 1e0 become 1, and a string loses needless escapes. A
// number with a fraction or an exponent is taken as a float64. Arrays, objects, numbers
// beyond float64 and text that is not UTF-8 are errors.
func ParseValue(text []byte) (Value, error) {
	text = bytes.TrimSpace(text)
	if !utf8.Valid(text) {
		return Absent, errors.New("not valid UTF-8")
	}
	if !json.Valid(text) {
		return Absent, errors.New("not valid JSON")
	}
	switch text[0] {
	case 'n':
		return Absent, nil
	case 't', 'f':
		return Value(text), nil
	case '"':
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return Absent, err
		}
		return Text(s), nil
	case '[', '{':
		return Absent, errors.New("not a number, string or boolean")
	default:
		return parseNumber(text)
	}
}

// parseNumber keeps the digits of an integer, however long, and gives every other
// number the form that JavaScript prints.
func parseNumber(text []byte) (Value, error) {
	if !bytes.ContainsAny(text, ".eE") {
		if string(text) == "-0" {
			return "0", nil
		}
		return Value(text), nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return Absent, errors.New("a number beyond 64-bit floating point")
	}
	if f == 0 {
		return "0", nil // also -0.0
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e21 {
		return Value(strconv.FormatFloat(f, 'f', -1, 64)), nil
	}
	return Value(strconv.FormatFloat(f, 'g', -1, 64)), nil
}

// MarshalJSON writes the value itself, and null for Absent.
func (v Value) MarshalJSON() ([]byte, error) {
	if v == Absent {
		return []byte("null"), nil
	}
	return []byte(v), nil
}

// UnmarshalJSON reads a JSON scalar as ParseValue does, and an array as ParseList.
func (v *Value) UnmarshalJSON(text []byte) error {
	parse := ParseValue
	if bytes.HasPrefix(text, []byte("[")) {
		parse = ParseList
	}
	parsed, err := parse(text)
	if err != nil {
		return fmt.Errorf("value %s: %w", clip(string(text)), err)
	}
	*v = parsed
	return nil
}

// clip shortens what an error message quotes.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
