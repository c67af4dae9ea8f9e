package form

import "bytes"

// Splitter finds where forms at the top end, see history.ReadPieces.
type Splitter struct {
	list, closed               bool // all forms stand in one list, which has ended
	at, end                    int
	depth                      int
	quoted, escaped, commented bool
	prefixed                   int // forms to come that belong to the one behind them
}

// Begin finds out whether all forms stand in one list.
func (s *Splitter) Begin(text []byte) {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		copy(text, "   ")
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n', ',':
		case ';':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case '[', '(':
			text[i], s.list = ' ', true
			return
		default:
			return
		}
	}
}

// Open reports whether the list has not ended.
func (s *Splitter) Open() bool { return s.list && !s.closed }

// Split finds where the last form with brackets ends.
func (s *Splitter) Split(text []byte) (end, at int, err error) {
	for ; s.at < len(text); s.at++ {
		c := text[s.at]
		switch {
		case s.commented:
			s.commented = c != '\n'
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = true
		case c == '"':
			s.quoted = !s.quoted
		case s.quoted:
		case c == ';':
			s.commented = true
		case c == '{' || c == '[' || c == '(':
			if s.closed {
				return 0, s.at, errBehind
			}
			s.depth++
		case (c == ']' || c == ')') && s.depth == 0 && s.list && !s.closed:
			text[s.at], s.closed = ' ', true
		case c == '}' || c == ']' || c == ')':
			if s.depth = max(0, s.depth-1); s.depth == 0 && s.prefixed > 0 {
				s.prefixed--
			} else if s.depth == 0 {
				s.end = s.at + 1
			}
		case s.depth == 0 && (c == '^' || c == '_' && s.at > 0 && text[s.at-1] == '#'):
			s.prefixed++
		}
	}
	if end = s.end; end > 0 { // what follows comes again
		s.at, s.end, s.depth, s.prefixed = 0, 0, 0, 0
		s.quoted, s.escaped, s.commented = false, false, false
	}
	return end, s.at, nil
}
