package history

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// Reading goes on in three steps: one goroutine cuts the file into pieces between events,
// several decode the pieces, and the caller's takes their events in order.

// workers is how many decode. More than there are processors do no harm, and the cutter and
// the caller keep up with no more.
const workers = 4

// pieceBytes is about how much of a file is decoded at once: enough that handing it over costs
// nothing.
const pieceBytes = 128 << 10

// Piece is a part of a file that ends between two events.
type Piece struct {
	Text []byte
	Line int  // number of its first line, from 1
	Last bool // nothing follows
	Open bool // the file ends within the list around all events
	err  error
}

// Splitter tells where events end, of texts that hold one piece after the other.
type Splitter interface {
	// Begin sees the beginning of a file, and blanks what stands around all events.
	Begin(text []byte)
	// Split returns where the last event of a text ends that begins between two events. It is
	// called again with the same text when more was read behind it, until that is not 0. An
	// error belongs to the position at.
	Split(text []byte) (end, at int, err error)
	// Open reports whether the list around all events has begun and not ended.
	Open() bool
}

// ReadPieces cuts what r holds into pieces, has them decoded side by side, and takes what came
// of each in the order of the file. worker returns what one goroutine decodes with, into a
// result that may be one of before. What belongs to no event is an error after the last piece.
func ReadPieces[T any](r io.Reader, s Splitter, worker func() func(*Piece, *T), take func(*Piece, *T) error) error {
	type job struct {
		Piece
		result T
		done   chan struct{}
	}
	todo, ordered := make(chan *job, 2*workers), make(chan *job, 2*workers)
	free := make(chan *job, 6*workers)
	stop := make(chan struct{})
	var running sync.WaitGroup
	defer running.Wait()
	defer close(stop)
	cut := cutter{r: r, splitter: s}
	running.Go(func() {
		defer close(todo)
		defer close(ordered)
		for !cut.ended {
			j := &job{}
			select {
			case j = <-free:
			default:
			}
			cut.next(&j.Piece)
			j.done = make(chan struct{})
			select {
			case ordered <- j:
			case <-stop:
				return
			}
			todo <- j // a worker takes it, also after stop
		}
	})
	for range workers {
		running.Go(func() {
			decode := worker()
			for j := range todo {
				decode(&j.Piece, &j.result)
				close(j.done)
			}
		})
	}
	for j := range ordered {
		<-j.done
		if err := take(&j.Piece, &j.result); err != nil {
			return err
		}
		if j.err != nil {
			return j.err
		}
		select {
		case free <- j:
		default:
		}
	}
	return nil
}

// cutter cuts a file into pieces.
type cutter struct {
	r        io.Reader
	splitter Splitter
	rest     []byte // read, and of no piece yet
	line     int    // number of the line before rest
	begun    bool
	ended    bool
}

// next cuts the next piece.
func (c *cutter) next(p *Piece) {
	p.Text = append(p.Text[:0], c.rest...)
	end, err := c.fill(p)
	c.ended = c.ended || err != nil
	p.Line, p.Last, p.err = c.line+1, c.ended, err
	p.Open = c.ended && c.splitter.Open()
	c.rest = append(c.rest[:0], p.Text[end:]...)
	p.Text = p.Text[:end]
	c.line += bytes.Count(p.Text, newline)
}

// fill reads until p holds some events, and returns where the last of them ends.
func (c *cutter) fill(p *Piece) (end int, err error) {
	for {
		from := len(p.Text)
		p.Text = append(p.Text, make([]byte, c.size())...)
		n, err := io.ReadFull(c.r, p.Text[from:])
		p.Text = p.Text[:from+n]
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			c.ended = true
		case err != nil:
			return 0, fmt.Errorf("read history: %w", err)
		}
		if !c.begun {
			c.begun = true
			c.splitter.Begin(p.Text)
		}
		end, at, err := c.splitter.Split(p.Text)
		switch {
		case err != nil:
			return 0, Wrong(c.line+1+bytes.Count(p.Text[:at], newline), "%v", err)
		case c.ended:
			return len(p.Text), nil
		case end > 0:
			return end, nil
		case len(p.Text) > lineBytesMax:
			return 0, tooLong(c.line + 1)
		}
	}
}

// size is how much to read next: little at first, since many files are small.
func (c *cutter) size() int {
	if c.begun {
		return pieceBytes
	}
	return pieceBytes / 8
}

func tooLong(line int) error {
	return Wrong(line, "longer than %d MiB; shorten its value, or delete the line", lineBytesMax>>20)
}

var newline = []byte("\n")
