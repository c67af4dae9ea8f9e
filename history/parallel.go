package history

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
)

// Reading goes on in three steps: one goroutine cuts the file into pieces between events,
// several decode the pieces, and the caller's takes their events in order.

// workers returns how many decode.
func workers() int { return max(2, runtime.GOMAXPROCS(0)) }

// pieceBytes is about how much of a file is decoded at once: enough that handing it over costs
// nothing.
const pieceBytes = 128 << 10

// piece is a part of a file that ends between two events.
type piece struct {
	text   []byte
	line   int  // number of its first line
	last   bool // nothing follows
	lines  bool // each event stands on a line of its own
	events []Event
	at     []int // line of each event
	err    error // of what follows the events
	cut    int   // line of an event that is cut off at the end of the file; 0 for none
	open   bool  // the file ends within the array around all events
	done   chan struct{}
}

func decodeAll(r io.Reader, a *Assembler) error {
	todo, ordered := make(chan *piece, 2*workers()), make(chan *piece, 2*workers())
	free := make(chan *piece, 6*workers())
	stop := make(chan struct{})
	var running sync.WaitGroup
	defer running.Wait()
	defer close(stop)
	cut := cutter{r: r, free: free}
	running.Go(func() {
		defer close(todo)
		defer close(ordered)
		for p := cut.next(); p != nil; p = cut.next() {
			select {
			case ordered <- p:
			case <-stop:
				return
			}
			todo <- p // a worker takes it, also after stop
		}
	})
	for range workers() {
		running.Go(func() {
			var d decoder
			for p := range todo {
				p.decode(&d)
				close(p.done)
			}
		})
	}
	for p := range ordered {
		<-p.done
		if err := p.assemble(a); err != nil {
			return err
		}
		select {
		case free <- p:
		default:
		}
	}
	return nil
}

// assemble hands the events over.
func (p *piece) assemble(a *Assembler) error {
	a.reserve(len(p.events), len(p.text))
	for i := range p.events {
		if err := a.Add(p.at[i], p.events[i]); err != nil {
			return err
		}
	}
	if p.cut > 0 {
		a.Note("The file ends within the event on line %d: it is cut off and was left out.", p.cut)
	} else if p.open {
		a.Note("The file ends within the array of events: it is cut off.")
	}
	return p.err
}

// decode reads the events of the piece.
func (p *piece) decode(d *decoder) {
	p.events, p.at, p.cut = p.events[:0], p.at[:0], 0
	if p.err != nil {
		return
	}
	rest, line := p.text, p.line
	for len(rest) > 0 {
		var text []byte
		if p.lines {
			text, rest = p.firstLine(rest)
		} else {
			var blank int
			text, rest, blank = p.firstValue(rest)
			line += blank
		}
		if len(text) > lineBytesMax {
			p.err = tooLong(line)
		} else if len(text) > 0 {
			p.add(d, text, line, len(rest) == 0)
		}
		if p.err != nil {
			return
		}
		if p.lines {
			line++
		} else {
			line += bytes.Count(text, newline)
		}
	}
}

var newline = []byte("\n")

func (p *piece) firstLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, newline)
	return bytes.TrimSpace(line), rest
}

// firstValue returns the first value, and how many lines end before it.
func (p *piece) firstValue(text []byte) (value, rest []byte, blank int) {
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

func (p *piece) add(d *decoder, text []byte, line int, isLast bool) {
	p.events = append(p.events, Event{})
	err := d.decode(text, &p.events[len(p.events)-1])
	if err == nil {
		p.at = append(p.at, line)
		return
	}
	p.events = p.events[:len(p.events)-1]
	switch isCut := errors.Is(err, errCut); {
	case isCut && isLast && p.last && (!p.lines || p.text[len(p.text)-1] != '\n'):
		p.cut = line
	case isCut:
		p.err = Wrong(line, "not valid JSON (%v); delete the line: an operation without a completion counts as unknown", err)
	default:
		p.err = Wrong(line, "%v", err)
	}
}

// cutter cuts a file into pieces.
type cutter struct {
	r      io.Reader
	free   chan *piece
	rest   []byte // read, and of no piece yet
	line   int    // number of the line at which rest begins
	begun  bool
	lines  bool // each event stands on a line of its own
	array  bool // all events stand in one array
	closed bool // the array has ended
	ended  bool
}

// next returns the next piece, or nil behind the last one.
func (c *cutter) next() *piece {
	if c.ended {
		return nil
	}
	p := &piece{}
	select {
	case p = <-c.free:
	default:
	}
	p.err, p.done = nil, make(chan struct{})
	p.text = append(p.text[:0], c.rest...)
	end, err := c.fill(p)
	p.line, p.lines, p.last = c.line+1, c.lines, c.ended
	p.err, p.open = err, c.ended && c.array && !c.closed
	c.ended = c.ended || err != nil
	c.rest = append(c.rest[:0], p.text[end:]...)
	p.text = p.text[:end]
	c.line += bytes.Count(p.text, newline)
	return p
}

// fill reads until p holds some events, and returns where the last of them ends.
func (c *cutter) fill(p *piece) (end int, err error) {
	s := splitter{array: c.array, closed: c.closed}
	for {
		from := len(p.text)
		p.text = append(p.text, make([]byte, c.size())...)
		n, err := io.ReadFull(c.r, p.text[from:])
		p.text = p.text[:from+n]
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			c.ended = true
		case err != nil:
			return 0, fmt.Errorf("read history: %w", err)
		}
		if !c.begun {
			c.begin(p.text)
			s.array = c.array
		}
		if c.lines {
			end = bytes.LastIndexByte(p.text, '\n') + 1
		} else if end, err = s.run(p.text); err != nil {
			return 0, Wrong(c.line+1+bytes.Count(p.text[:s.at], newline), "%v", err)
		}
		c.closed = s.closed
		switch {
		case c.ended:
			return len(p.text), nil
		case end > 0:
			return end, nil
		case len(p.text) > lineBytesMax:
			return 0, tooLong(c.line + 1)
		}
	}
}

// size is how much to read next: little at first, since many files are small.
func (c *cutter) size() int {
	if c.begun {
		return pieceBytes
	}
	return pieceBytes / 16
}

func tooLong(line int) error {
	return Wrong(line, "longer than %d MiB; shorten its value, or delete the line", lineBytesMax>>20)
}

// begin finds out how events stand in the file by its first bytes, and blanks what stands
// around them.
func (c *cutter) begin(text []byte) {
	c.begun = true
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		copy(text, "   ")
	}
	s := scanner{text: text}
	first, err := s.peek()
	if err == nil && first == '[' {
		text[s.at], c.array = ' ', true
		return
	}
	line, _, more := bytes.Cut(text[s.at:], newline)
	one := scanner{text: line}
	_, err = one.skip(0)
	c.lines = !more || !errors.Is(err, errCut)
}

// splitter finds where events end that are not lines.
type splitter struct {
	array, closed   bool
	at, end         int
	depth           int
	quoted, escaped bool
}

// run goes on behind what it has seen already, and returns where the last event ends.
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
