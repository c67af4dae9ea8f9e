package history

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Value is a value that JSON or EDN can say, in its canonical text, which is JSON: `2`,
// `"two"`, `true`, `[1,["a",null]]`, `{"a":1}`. Values are equal if their texts are. A keyword
// of EDN is a text that begins with its colon; what else JSON has no words for is an object of
// one reserved name, see Set, Map, Tagged and Symbol. The zero value is the absence of a value,
// written null.
type Value string

// Absent is the value of a key that was never written.
const Absent Value = ""

// Int returns n as a value.
func Int(n int64) Value { return Value(strconv.FormatInt(n, 10)) }

// Text returns s as a value. Bytes that are not UTF-8 are no text: they become a tagged value,
// #base64 and their text in that code (RFC 4648), so that different strings are different values.
func Text(s string) Value {
	switch {
	case isPlainText(s):
		return Value(`"` + s + `"`)
	case !utf8.ValidString(s):
		return Tagged("base64", quote(base64.StdEncoding.EncodeToString([]byte(s))))
	default:
		return quote(s)
	}
}

// quote returns a text that is UTF-8 in JSON's quotes.
func quote(s string) Value {
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("history: a string is always JSON: " + err.Error())
	}
	return Value(bytes.TrimSuffix(quoted.Bytes(), []byte("\n")))
}

// isPlainText reports whether a text needs no escapes in quotes, for certain.
func isPlainText[T ~string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
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

// ParseValue brings a JSON value into the canonical text by which values are compared: null
// becomes Absent, numbers have one text if they are mathematically equal, however many digits
// they have, a text loses needless escapes, and the names of an object ascend. Half a
// surrogate pair, bytes that are not UTF-8, a name that stands twice in an object, exponents
// beyond 10^9, values nested more than 64 deep and lists of more than ListItemsMax elements
// are errors; so is an object with a name of Set, Map, Tagged or Symbol that is none of these.
func ParseValue(text []byte) (Value, error) {
	s := scanner{text: text}
	canonical, err := s.value(nil, 0)
	if err == nil {
		if _, err = s.peek(); err == nil {
			err = s.unexpected("the end")
		} else {
			err = nil
		}
	}
	if err != nil {
		return Absent, err
	}
	return orAbsent(Value(canonical)), nil
}

// orAbsent makes Absent of null.
func orAbsent(v Value) Value {
	if v == "null" {
		return Absent
	}
	return v
}

// MarshalJSON writes the value itself, and null for Absent.
func (v Value) MarshalJSON() ([]byte, error) {
	if v == Absent {
		return []byte("null"), nil
	}
	return []byte(v), nil
}

// UnmarshalJSON reads a value as ParseValue does.
func (v *Value) UnmarshalJSON(text []byte) error {
	parsed, err := ParseValue(text)
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
