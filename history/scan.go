package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// nestingMax is how deep lists and maps may lie in each other.
const nestingMax = 64

// scanner reads JSON from a text (RFC 8259) without building anything but the canonical text
// of values. It refuses what encoding/json lets pass: text that is no Unicode, and a name
// that stands twice in an object.
type scanner struct {
	text []byte
	at   int
}

// errCut says that the text ended too early.
var errCut = errors.New("it ends too early")

// peek returns the next byte that is no blank, or errCut.
func (s *scanner) peek() (byte, error) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c, nil
		}
	}
	return 0, errCut
}

func (s *scanner) unexpected(wanted string) error {
	if s.at >= len(s.text) {
		return errCut
	}
	letter, _ := utf8.DecodeRune(s.text[s.at:])
	return fmt.Errorf("%q where %s should be", letter, wanted)
}

// expect consumes this byte.
func (s *scanner) expect(want byte, what string) error {
	c, err := s.peek()
	if err == nil && c != want {
		err = s.unexpected(what)
	}
	s.at++
	return err
}

// skip passes over a value and returns its text.
func (s *scanner) skip(depth int) ([]byte, error) {
	c, err := s.peek()
	from := s.at
	switch {
	case err != nil:
		return nil, err
	case c == '"':
		_, err = s.quoted()
	case c == '{' || c == '[':
		err = s.skipItems(c, depth)
	default:
		_, err = s.word()
	}
	return s.text[from:min(s.at, len(s.text))], err
}

func (s *scanner) skipItems(open byte, depth int) error {
	return s.items(open, depth, func() error {
		if open == '{' {
			if _, err := s.name(); err != nil {
				return err
			}
		}
		_, err := s.skip(depth + 1)
		return err
	})
}

// items calls item before each item of an array or a map.
func (s *scanner) items(open byte, depth int, item func() error) error {
	if depth > nestingMax {
		return fmt.Errorf("nested more than %d deep", nestingMax)
	}
	s.at++
	end := open + 2 // of both brackets in ASCII
	c, err := s.peek()
	if err == nil && c == end {
		s.at++
		return nil
	}
	for err == nil {
		if err = item(); err != nil {
			break
		}
		if c, err = s.peek(); err != nil {
			break
		}
		s.at++
		switch c {
		case end:
			return nil
		case ',':
		default:
			s.at--
			return s.unexpected(fmt.Sprintf("a comma or %q", end))
		}
	}
	return err
}

// name consumes a name of an object with its colon, and returns it with its quotes.
func (s *scanner) name() ([]byte, error) {
	c, err := s.peek()
	if err == nil && c != '"' {
		err = s.unexpected("a name in quotes")
	}
	if err != nil {
		return nil, err
	}
	name, err := s.quoted()
	if err != nil {
		return nil, err
	}
	return name, s.expect(':', "a colon")
}

// quoted consumes a string and returns it with its quotes.
func (s *scanner) quoted() ([]byte, error) {
	from := s.at
	for i := from + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return s.text[from:s.at], nil
		case c == '\\':
			i++
		case c < ' ':
			s.at = i
			return nil, fmt.Errorf("the control character %q in a string, where an escape such as \\n should be", c)
		}
	}
	s.at = len(s.text)
	return nil, errCut
}

// word consumes a number, true, false or null.
func (s *scanner) word() ([]byte, error) {
	from := s.at
	for s.at < len(s.text) && strings.IndexByte(",]}: \t\r\n\"[{", s.text[s.at]) < 0 {
		s.at++
	}
	word := s.text[from:s.at]
	switch {
	case string(word) == "null" || string(word) == "true" || string(word) == "false":
		return word, nil
	case isNumber(word):
		return word, nil
	case s.at == len(s.text) && len(word) > 0:
		return word, errCut
	}
	s.at = from
	return word, s.unexpected("a value")
}

// isNumber reports whether the text is a number of JSON's grammar.
func isNumber(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("-"))
	whole := digits(text)
	if whole == 0 || whole > 1 && text[0] == '0' {
		return false
	}
	text = text[whole:]
	if len(text) > 0 && text[0] == '.' {
		n := digits(text[1:])
		if n == 0 {
			return false
		}
		text = text[1+n:]
	}
	if len(text) > 0 && (text[0] == 'e' || text[0] == 'E') {
		text = text[1:]
		if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		return len(text) > 0 && digits(text) == len(text)
	}
	return len(text) == 0
}

func digits(text []byte) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// value appends the canonical text of a value, see ParseValue.
func (s *scanner) value(to []byte, depth int) ([]byte, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return to, err
	case c == '"':
		text, err := s.quoted()
		if err != nil {
			return to, err
		}
		return appendText(to, text)
	case c == '[':
		return s.list(to, depth)
	case c == '{':
		return s.object(to, depth)
	}
	word, err := s.word()
	if err != nil || word[0] > '9' {
		return append(to, word...), err
	}
	return appendNumber(to, word)
}

func (s *scanner) list(to []byte, depth int) ([]byte, error) {
	n := 0
	to = append(to, '[')
	err := s.items('[', depth, func() (err error) {
		if n++; n > ListItemsMax {
			return fmt.Errorf("a list longer than %d elements", ListItemsMax)
		}
		if n > 1 {
			to = append(to, ',')
		}
		to, err = s.value(to, depth+1)
		return err
	})
	return append(to, ']'), err
}

// object appends a map, its names in ascending order.
func (s *scanner) object(to []byte, depth int) ([]byte, error) {
	var entries []Entry
	err := s.items('{', depth, func() error {
		if len(entries) == ListItemsMax {
			return fmt.Errorf("a map longer than %d entries", ListItemsMax)
		}
		quoted, err := s.name()
		if err != nil {
			return err
		}
		name, err := appendText(nil, quoted)
		if err != nil {
			return err
		}
		value, err := s.value(nil, depth+1)
		entries = append(entries, Entry{Value(name), Value(value)})
		return err
	})
	if err != nil {
		return to, err
	}
	v, err := object(entries)
	return append(to, v...), err
}

// appendText appends the canonical text of a string in quotes.
func appendText(to, quoted []byte) ([]byte, error) {
	if isPlainText(quoted[1 : len(quoted)-1]) {
		return append(to, quoted...), nil
	}
	text, err := unquote(quoted)
	return append(to, Text(text)...), err
}

// unquote returns what a string in quotes says. Half a surrogate pair, and what is no UTF-8,
// are errors.
func unquote(quoted []byte) (string, error) {
	if isPlainText(quoted[1 : len(quoted)-1]) {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	if !utf8.Valid(quoted) {
		return "", errors.New("text that is not UTF-8")
	}
	if i := halfSurrogate(quoted); i >= 0 {
		return "", fmt.Errorf("the text %s, in which %s is half a surrogate pair and so no character", clip(string(quoted)), quoted[i:i+6])
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return "", fmt.Errorf("the text %s with an escape that means nothing", clip(string(quoted)))
	}
	return text, nil
}

// halfSurrogate returns where an escape stands that is half of a pair, or -1.
func halfSurrogate(quoted []byte) int {
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		if first, ok := escaped(quoted[i:]); ok && utf16.IsSurrogate(first) {
			second, ok := escaped(quoted[i+6:])
			if !ok || utf16.DecodeRune(first, second) == utf8.RuneError {
				return i
			}
			i += 10
		}
		i++
	}
	return -1
}

// escaped reads an escape such as \u00e9.
func escaped(text []byte) (letter rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[2:6] {
		d := strings.IndexByte("0123456789abcdef", c|0x20) // no control character stands here
		if d < 0 {
			return 0, false
		}
		letter = letter<<4 | rune(d)
	}
	return letter, true
}
