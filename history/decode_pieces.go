package history

import (
	"bytes"
	"errors"
	"io"
)

// decodeAll hands all events of a file in JSON to a.
func decodeAll(r io.Reader, a *Assembler) error {
	s := &splitter{}
	worker := func() func(*Piece, *batch) {
		var d decoder
		return func(p *Piece, b *batch) { d.piece(p, b, s.lines) }
	}
	return ReadPieces(r, s, worker, func(p *Piece, b *batch) error {
		a.Reserve(len(b.events), len(p.Text))
		for i := range b.events {
			if err := a.take(b.at[i], &b.events[i]); err != nil {
				return err
			}
		}
		if b.cut > 0 {
			a.Note("The file ends within the event on line %d: it is cut off and was left out.", b.cut)
		} else if p.Open {
			a.Note("The file ends within the array of events: it is cut off.")
		}
		return b.err
	})
}

// batch are the events of a piece.
type batch struct {
	events []Event
	at     []int // line of each event
	cut    int   // line of an event that is cut off at the end of the file; 0 for none
	err    error // of what follows the events
}

// decode reads the events of a piece, each of which stands on a line of its own if lines is
// set.
func (d *decoder) piece(p *Piece, b *batch, lines bool) {
	*b = batch{events: b.events[:0], at: b.at[:0]}
	rest, line := p.Text, p.Line
	for len(rest) > 0 && b.err == nil {
		var text []byte
		if lines {
			text, rest = firstLine(rest)
		} else {
			var blank int
			text, rest, blank = firstValue(rest)
			line += blank
		}
		if len(text) > lineBytesMax {
			b.err = tooLong(line)
		} else if len(text) > 0 {
			mayEnd := p.Last && len(rest) == 0 && (!lines || p.Text[len(p.Text)-1] != '\n')
			b.add(d, text, line, mayEnd)
		}
		if lines {
			line++
		} else {
			line += bytes.Count(text, newline)
		}
	}
}

func firstLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, newline)
	return bytes.TrimSpace(line), rest
}

// firstValue returns the first value, and how many lines end before it.
func firstValue(text []byte) (value, rest []byte, blank int) {
	s := scanner{text: text}
	c, err := s.peek()
	for err == nil && c == ',' {
		s.at++
		c, err = s.peek()
	}
	blank = bytes.Count(text[:s.at], newline)
	from := s.at
	if err == nil {
		_, err = s.skip(0)
	}
	if err != nil {
		return text[from:], nil, blank // for decode to say what is wrong
	}
	return text[from:s.at], text[s.at:], blank
}

// add decodes an event, at the end of which the file may have been cut off.
func (b *batch) add(d *decoder, text []byte, line int, mayEnd bool) {
	b.events = append(b.events, Event{})
	err := d.decode(text, &b.events[len(b.events)-1])
	if err == nil {
		b.at = append(b.at, line)
		return
	}
	b.events = b.events[:len(b.events)-1]
	switch isCut := errors.Is(err, errCut); {
	case isCut && mayEnd:
		b.cut = line
	case isCut:
		b.err = Wrong(line, "not valid JSON (%v); delete the line: an operation without a completion counts as unknown", err)
	default:
		b.err = Wrong(line, "%v", err)
	}
}

// splitter is the Splitter of JSON.
type splitter struct {
	lines           bool // each event stands on a line of its own
	array, closed   bool // all events stand in one array, which has ended
	at, end         int
	depth           int
	quoted, escaped bool
}

// Begin finds out how events stand in the file.
func (s *splitter) Begin(text []byte) {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		copy(text, "   ")
	}
	whole := scanner{text: text}
	first, err := whole.peek()
	if err == nil && first == '[' {
		text[whole.at], s.array = ' ', true
		return
	}
	line, _, more := bytes.Cut(text[whole.at:], newline)
	one := scanner{text: line}
	_, err = one.skip(0)
	s.lines = !more || !errors.Is(err, errCut)
}

// Open reports whether the array has not ended.
func (s *splitter) Open() bool { return s.array && !s.closed }

// Split goes on behind what it has seen already.
func (s *splitter) Split(text []byte) (end, at int, err error) {
	if s.lines {
		return bytes.LastIndexByte(text, '\n') + 1, 0, nil
	}
	if end, err = s.run(text); end > 0 { // what follows comes again
		s.at, s.end, s.depth, s.quoted, s.escaped = 0, 0, 0, false, false
	}
	return end, s.at, err
}

// run returns where the last event ends.
func (s *splitter) run(text []byte) (end int, err error) {
	for ; s.at < len(text); s.at++ {
		switch c := text[s.at]; {
		case s.escaped:
			s.escaped = false
		case s.quoted:
			s.escaped, s.quoted = c == '\\', c != '"'
		case c == '"':
			s.quoted = true
		case c == '{' || c == '[':
			if s.closed {
				return 0, errors.New("something follows the list of events; put all events into one list, or into none")
			}
			s.depth++
		case c == ']' && s.depth == 0 && s.array:
			text[s.at], s.closed = ' ', true
		case c == '}' || c == ']':
			if s.depth--; s.depth == 0 {
				s.end = s.at + 1
			}
		}
	}
	return s.end, nil
}
