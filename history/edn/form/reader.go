package form

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"senkei/history"
)

var errBehind = errors.New("something follows the list of events; put all events into one list, or into none")

// Bounds of one form at the top, such as an event.
const (
	bytesMax   = 16 << 20
	nestingMax = 64
)

// Reader reads forms from a stream. Where the whole stream is one list or vector, as a
// history printed at once is, it reads the forms in that.
type Reader struct {
	in    *bufio.Reader
	line  int // of the next byte
	used  int // bytes of the form at the top
	read  bool
	ends  byte // ends the list around all forms; 0 where there is none
	began int  // line of that list
	ended bool // that list has ended
}

// NewReader returns a Reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(r, 64<<10), line: 1} }

// NewReaderOf returns a Reader of a text whose first line has this number, and in which a list
// is a form, and none around all forms.
func NewReaderOf(text string, line int) *Reader {
	return &Reader{in: bufio.NewReader(strings.NewReader(text)), line: line, read: true}
}

// Parse returns the first form of a text.
func Parse(text string) (Form, error) {
	return NewReaderOf(text, 1).Next()
}

// Next returns the next form, and io.EOF behind the last one. What is wrong with the text is
// a *history.LineError, and the Reader is of no more use after it.
func (r *Reader) Next() (Form, error) {
	for {
		r.used = 0
		c, err := r.skip(0)
		switch {
		case errors.Is(err, io.EOF) && r.ends != 0 && !r.ended:
			return Form{}, &Cut{r.wrong("the file ends within the list that began on line %d; it is incomplete: end it with %c if nothing is missing", r.began, r.ends), r.line}
		case err != nil:
			return Form{}, err
		case r.ended:
			return Form{}, r.wrong("something follows the list that began on line %d; put all events into one list, or into none", r.began)
		case !r.read && (c == '[' || c == '('):
			r.ends, r.began = closing[c], r.line
			r.next()
		case r.ends != 0 && c == r.ends:
			r.next()
			r.ended = true
		default:
			r.read = true
			return r.form(0)
		}
		r.read = true
	}
}

func (r *Reader) wrong(format string, args ...any) error {
	return history.Wrong(r.line, format, args...)
}

var closing = map[byte]byte{'[': ']', '(': ')', '{': '}'}

// next consumes a byte.
func (r *Reader) next() (byte, error) {
	c, err := r.in.ReadByte()
	if err != nil {
		return 0, err
	}
	if r.used++; r.used > bytesMax {
		return 0, r.wrong("one form is longer than %d MiB; shorten it", bytesMax>>20)
	}
	if c == '\n' {
		r.line++
	}
	return c, nil
}

// peek shows the next byte.
func (r *Reader) peek() (byte, error) {
	next, err := r.in.Peek(1)
	if err != nil {
		return 0, err
	}
	return next[0], nil
}

// skip consumes blanks, commas, comments and discarded forms, and shows the next byte.
func (r *Reader) skip(depth int) (byte, error) {
	for {
		c, err := r.peek()
		switch {
		case err != nil:
			return 0, err
		case strings.IndexByte(" \t\r\n,", c) >= 0:
			_, err = r.next()
		case c == ';':
			for err == nil && c != '\n' {
				c, err = r.next()
			}
		case c == '#' && r.discards():
			r.next()
			r.next()
			_, err = r.form(depth + 1)
		default:
			return c, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

func (r *Reader) discards() bool {
	next, _ := r.in.Peek(2)
	return string(next) == "#_"
}

// form reads the form that begins behind blanks.
func (r *Reader) form(depth int) (Form, error) {
	if depth > nestingMax {
		return Form{}, r.wrong("nested more than %d deep; flatten it", nestingMax)
	}
	c, err := r.skip(depth)
	f := Form{Line: r.line}
	switch {
	case err != nil:
		return f, r.torn(err, "a form", f.Line)
	case closing[c] != 0:
		f.Kind = List
		if c == '{' {
			f.Kind = Map
		}
		return r.collection(f, depth)
	case c == ']' || c == ')' || c == '}':
		return f, r.wrong("%c closes nothing; remove it, or add what it closes", c)
	case c == '"':
		f.Kind = Text
		f.Text, err = r.text()
		return f, err
	case c == '#':
		r.next()
		return r.dispatch(f, depth)
	case c == '^': // metadata belongs to no value
		r.next()
		if _, err := r.form(depth + 1); err != nil {
			return f, err
		}
		return r.form(depth + 1)
	default:
		token, err := r.token()
		if err != nil {
			return f, err
		}
		return r.atom(f, token)
	}
}

// Cut is the error of a file that ends too early, within what began on a line.
type Cut struct {
	error
	Line int
}

// Unwrap returns the *history.LineError.
func (c *Cut) Unwrap() error { return c.error }

// torn says in what a file ends that ends too early.
func (r *Reader) torn(err error, what string, line int) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	return &Cut{r.wrong("the file ends within %s that began on line %d; delete that: an operation without a completion counts as unknown", what, line), line}
}

// collection reads what has brackets; the reader stands at the opening one.
func (r *Reader) collection(f Form, depth int) (Form, error) {
	open, _ := r.next()
	for {
		c, err := r.skip(depth)
		if err != nil {
			return f, r.torn(err, f.Kind.String(), f.Line)
		}
		if c == closing[open] {
			r.next()
			break
		}
		item, err := r.form(depth + 1)
		if err != nil {
			return f, err
		}
		f.Items = append(f.Items, item)
	}
	if f.Kind != Map {
		return f, nil
	}
	if len(f.Items)%2 != 0 {
		return f, r.wrong("the map that began on line %d has a key without a value; add it", f.Line)
	}
	if key, twice := f.repeated(); twice {
		return f, r.wrong("the map that began on line %d has :%s twice; remove one", f.Line, key)
	}
	return f, nil
}

// dispatch reads what follows a #.
func (r *Reader) dispatch(f Form, depth int) (Form, error) {
	c, err := r.peek()
	switch {
	case err != nil:
		return f, r.torn(err, "a form", f.Line)
	case c == '{':
		f.Kind = Set
		return r.collection(f, depth)
	case c == '"': // a regular expression of Clojure
		f.Kind = Other
		f.Text, err = r.pattern()
		return f, err
	case c == '\'': // a variable of Clojure
		f.Kind = Other
		f.Text, err = r.token()
		f.Text = "#" + f.Text
		return f, err
	}
	if f.Text, err = r.token(); err != nil {
		return f, err
	}
	if f.Text == "" || f.Text[0] == '#' { // ##NaN
		f.Kind, f.Text = Other, "#"+f.Text
		return f, nil
	}
	f.Kind = Tagged
	item, err := r.form(depth + 1)
	f.Items = []Form{item}
	return f, err
}

// text reads a string; the reader stands at its opening quote.
func (r *Reader) text() (string, error) {
	line := r.line
	r.next()
	var b strings.Builder
	for {
		c, err := r.next()
		if err != nil {
			return "", r.torn(err, "a string", line)
		}
		switch c {
		case '"':
			if !utf8.ValidString(b.String()) {
				return "", r.wrong("the string that began on line %d is not valid UTF-8; save the file as UTF-8", line)
			}
			return b.String(), nil
		case '\\':
			letter, err := r.escape()
			if err != nil {
				return "", r.torn(err, "a string", line)
			}
			b.WriteRune(letter)
		default:
			b.WriteByte(c)
		}
	}
}

// pattern reads a regular expression, in which a backslash means what follows it; the reader
// stands at its opening quote.
func (r *Reader) pattern() (string, error) {
	line := r.line
	r.next()
	text := []byte(`#"`)
	for escaped := false; ; {
		c, err := r.next()
		if err != nil {
			return "", r.torn(err, "a regular expression", line)
		}
		text = append(text, c)
		if c == '"' && !escaped {
			return string(text), nil
		}
		escaped = c == '\\' && !escaped
	}
}

func (r *Reader) escape() (rune, error) {
	c, err := r.next()
	if err != nil {
		return 0, err
	}
	switch c {
	case 't':
		return '\t', nil
	case 'r':
		return '\r', nil
	case 'n':
		return '\n', nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case '\\', '"', '\'':
		return rune(c), nil
	case 'u':
		letter, err := r.code()
		if err != nil || !utf16.IsSurrogate(letter) {
			return letter, err
		}
		// A letter beyond 16 bits is written as two codes.
		for _, want := range []byte(`\u`) {
			if c, err := r.next(); err != nil || c != want {
				return 0, cmp.Or(err, r.wrong("a string has half a letter; write the letter itself"))
			}
		}
		second, err := r.code()
		if err != nil {
			return 0, err
		}
		if letter = utf16.DecodeRune(letter, second); letter == utf8.RuneError {
			return 0, r.wrong("a string has half a letter; write the letter itself")
		}
		return letter, nil
	default:
		return 0, r.wrong("\\%c in a string means nothing; write \\\\ for a backslash", c)
	}
}

// code reads four hexadecimal digits.
func (r *Reader) code() (rune, error) {
	var digits [4]byte
	for i := range digits {
		var err error
		if digits[i], err = r.next(); err != nil {
			return 0, err
		}
	}
	code, err := strconv.ParseUint(string(digits[:]), 16, 16)
	if err != nil {
		return 0, r.wrong("\\u%s in a string is no character; write four hexadecimal digits", digits)
	}
	return rune(code), nil
}

// token reads up to a blank or a bracket.
func (r *Reader) token() (string, error) {
	var b strings.Builder
	for {
		c, err := r.peek()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		// The first letter of a character such as \( may be a bracket.
		if strings.IndexByte(" \t\r\n,;\"()[]{}", c) >= 0 && b.String() != `\` {
			break
		}
		if _, err := r.next(); err != nil {
			return "", err
		}
		b.WriteByte(c)
	}
	if !utf8.ValidString(b.String()) {
		return "", r.wrong("not valid UTF-8; save the file as UTF-8, or delete the line")
	}
	return b.String(), nil
}

var number = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?[NM]?$`)

// atom says what a token is.
func (r *Reader) atom(f Form, token string) (Form, error) {
	f.Text = token
	switch {
	case token == "nil":
		f.Text = ""
	case token == "true", token == "false":
		f.Kind = Bool
	case len(token) > 1 && token[0] == ':':
		f.Kind, f.Text = Keyword, token[1:]
	case number.MatchString(token):
		f.Kind, f.Text = Number, strings.Trim(token, "+NM")
	default:
		f.Kind = Other
	}
	return f, nil
}
