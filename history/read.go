package history

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"
)

// LineError says which line of a history file is wrong, how, and what to do about it.
type LineError struct {
	Path string // of the file; empty where Decode was given no file
	Line int    // from 1
	Text string // one sentence: the problem; the remedy
}

// Error returns one sentence that begins with the place, as a compiler's does.
func (e *LineError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text)
}

// ReadFile reads the history file at path. What is wrong in it is reported as
// "path:17: …".
func ReadFile(path string) (History, error) {
	f, err := os.Open(path)
	if err != nil {
		return History{}, fmt.Errorf("read history: %w", err)
	}
	defer f.Close()
	h, err := Decode(f)
	var wrong *LineError
	if errors.As(err, &wrong) {
		wrong.Path = path
		return History{}, wrong
	}
	if err != nil {
		return History{}, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// Decode reads a history in JSON Lines, one event a line, and validates it strictly; what
// is wrong in a line is a *LineError. Blank lines are skipped. A line needs process,
// type, f and, for what carries one, value; a missing index continues from the line
// before, a missing time is 0, a missing key is "", and a completion may leave out the
// key. An operation still open at the end has an unknown outcome. A refused
// compare-and-set, written as a fail with "observed", becomes an OK with Swapped false.
// Lines of the nemesis that carry no fault number and no phase say nothing certain about
// when a fault was in force, and of those of the monitor only "leader" is known; both
// are read over.
func Decode(r io.Reader) (History, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	p := newParser()
	for {
		line, err := readLine(in)
		if errors.Is(err, errLongLine) {
			p.line++
			return History{}, p.wrong("longer than 1 MiB; shorten its value, or delete the line")
		}
		if err != nil && err != io.EOF {
			return History{}, fmt.Errorf("read history: %w", err)
		}
		if wrong := p.add(line); wrong != nil {
			return History{}, wrong
		}
		if err == io.EOF {
			return p.finish(), nil
		}
	}
}

var errLongLine = errors.New("line longer than 1 MiB")

// readLine returns the next line without its end, and io.EOF with the last one.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > lineBytesMax {
			return nil, errLongLine
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// parser turns events into a History.
type parser struct {
	h       History
	line    int // number of the line in hand
	next    int // smallest position that the next event may have
	open    map[Process]opened
	retired map[Process]opened
	inForce map[int]int // fault number -> index in h.Faults
}

// opened is the last operation of a process, and where it began.
type opened struct{ op, line int }

func newParser() *parser {
	return &parser{open: map[Process]opened{}, retired: map[Process]opened{}, inForce: map[int]int{}}
}

func (p *parser) wrong(format string, args ...any) error {
	return &LineError{Line: p.line, Text: fmt.Sprintf(format, args...)}
}

func (p *parser) add(line []byte) error {
	p.line++
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return nil
	}
	if !utf8.Valid(line) {
		return p.wrong("not valid UTF-8; save the file as UTF-8, or delete the line")
	}
	e, err := p.decode(line)
	if err != nil {
		return err
	}
	position, err := p.position(e)
	if err != nil {
		return err
	}
	p.next = position + 1
	switch {
	case *e.Process == Nemesis:
		return p.fault(e, position)
	case *e.Process == Monitor:
		return p.monitor(e, position)
	case e.Type == typeInvoke:
		return p.invoke(e, position)
	default:
		return p.complete(e, position)
	}
}

func (p *parser) position(e event) (int, error) {
	switch {
	case e.Index == nil:
		return p.next, nil
	case *e.Index < 0 || *e.Index > positionMax:
		return 0, p.wrong("index %d is not between 0 and 2^53; number the lines from 0", *e.Index)
	case *e.Index < p.next:
		return 0, p.wrong("index %d does not rise above %d of the event before; put the lines in order, or leave out every index", *e.Index, p.next-1)
	default:
		return *e.Index, nil
	}
}

func (p *parser) invoke(e event, position int) error {
	process := *e.Process
	if o, busy := p.open[process]; busy {
		return p.wrong("process %s begins a %s while its %s of line %d is open; give each concurrent operation a process of its own",
			process, e.F, p.h.Ops[o.op].In.F, o.line)
	}
	if o, retired := p.retired[process]; retired {
		return p.wrong("process %s begins a %s although the outcome of its %s of line %d is unknown; continue with a new process number",
			process, e.F, p.h.Ops[o.op].In.F, o.line)
	}
	in, err := p.input(e)
	if err != nil {
		return err
	}
	at := time.Duration(e.Time)
	p.open[process] = opened{op: len(p.h.Ops), line: p.line}
	p.h.Ops = append(p.h.Ops, Op{
		ID: len(p.h.Ops), Process: process, Node: e.Node, In: in,
		Invoke: position, Complete: Never, Start: at, End: at,
	})
	return nil
}

func (p *parser) complete(e event, position int) error {
	process := *e.Process
	o, ok := p.open[process]
	if !ok {
		return p.wrong("process %s ends a %s that it did not begin; add its invocation before this line, or delete the line", process, e.F)
	}
	op := &p.h.Ops[o.op]
	if Func(e.F) != op.In.F {
		return p.wrong("process %s ends a %s but began a %s on line %d; make both the same", process, e.F, op.In.F, o.line)
	}
	if e.Key != "" && e.Key != op.In.Key {
		return p.wrong("process %s ends a %s of key %q but began it with key %q on line %d; make both the same", process, e.F, e.Key, op.In.Key, o.line)
	}
	out, outcome, err := p.output(e, op.In, o.line)
	if err != nil {
		return err
	}
	settle(op, out, outcome, e.Error, position, time.Duration(e.Time))
	delete(p.open, process)
	if outcome == Unknown {
		p.retired[process] = o
	}
	return nil
}

// fault opens a span at an injection that worked and closes it at a healing that did.
// A heal of what is not in force is allowed: the harness heals everything once more at
// the end.
func (p *parser) fault(e event, position int) error {
	if e.Fault == nil && e.Phase == "" {
		return nil
	}
	if e.Fault == nil || (e.Phase != phaseInject && e.Phase != phaseHeal) {
		return p.wrong(`a fault's event needs both a number "fault" and a "phase" that is "inject" or "heal"; add them, or leave both out`)
	}
	if e.Error != "" {
		return nil
	}
	at := time.Duration(e.Time)
	i, inForce := p.inForce[*e.Fault]
	switch {
	case e.Phase == phaseInject && inForce:
		return p.wrong("fault %d is injected while it is in force; heal it before, or give this one another number", *e.Fault)
	case e.Phase == phaseInject:
		p.inForce[*e.Fault] = len(p.h.Faults)
		p.h.Faults = append(p.h.Faults, Span{ID: *e.Fault, Kind: e.F, Text: e.Text, From: position, To: Never, Start: at})
	case inForce:
		p.h.Faults[i].To, p.h.Faults[i].End = position, at
		delete(p.inForce, *e.Fault)
	}
	return nil
}

func (p *parser) monitor(e event, position int) error {
	if e.F != funcLeader {
		return nil
	}
	term, err := parseTerm(e.Value)
	if err != nil || e.Node == "" {
		return p.wrong(`a leader's event needs a "node" and its term, a whole number, as "value"; add them, or delete the line`)
	}
	p.h.Leaders = append(p.h.Leaders, LeaderChange{Position: position, Time: time.Duration(e.Time), Node: e.Node, Term: term})
	return nil
}

// finish gives every fault that was not healed its End: the latest time that the
// history knows of.
func (p *parser) finish() History {
	h := p.h
	var latest time.Duration
	for _, op := range h.Ops {
		latest = max(latest, op.Start, op.End)
	}
	for _, l := range h.Leaders {
		latest = max(latest, l.Time)
	}
	for _, s := range h.Faults {
		latest = max(latest, s.Start)
		if s.To != Never {
			latest = max(latest, s.End)
		}
	}
	for i := range h.Faults {
		if h.Faults[i].To == Never {
			h.Faults[i].End = latest
		}
	}
	return h
}
