package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// errTextBytesMax bounds the error text kept of one operation or fault.
const errTextBytesMax = 4 << 10

// Recorder appends events to a history file while the run goes on. Each event is handed
// to the operating system in one write before the method returns, so that a killed
// process loses nothing that it recorded; only Close makes it safe against a power cut.
// A Recorder belongs to one goroutine. Once a write failed, every method returns that
// error, because the file may end in half a line.
type Recorder struct {
	file   File
	next   int // position of the next event
	ops    int // invocations so far
	open   map[Process]*Op
	free   []*Op // to be used again
	broken error

	// The last event, its line and what it points to, to be used again.
	event    Event
	line     []byte
	position int
	process  Process
}

// File is what a Recorder writes to, one whole line at a time.
type File interface {
	io.WriteCloser
	// Sync makes what was written safe against a power cut.
	Sync() error
}

// Create begins the history file of a run. It fails if the file exists.
func Create(path string) (*Recorder, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("begin history: %w", err)
	}
	return NewRecorder(f), nil
}

// NewRecorder returns a Recorder of a history that begins. Where the file keeps lines back for
// a while, a killed process loses these.
func NewRecorder(f File) *Recorder { return &Recorder{file: f, open: map[Process]*Op{}} }

// Invoke records that p, a client without an open operation, asks n for in. The caller
// must not reuse a process whose operation ended as Unknown.
func (r *Recorder) Invoke(p Process, n NodeID, in Input, now time.Duration) error {
	if p < 0 {
		return fmt.Errorf("record invocation: %s is not a client process", p)
	}
	if open, busy := r.open[p]; busy {
		return fmt.Errorf("record invocation: process %s has a %s open", p, open.In.F)
	}
	op := r.room()
	*op = Op{ID: r.ops, Process: p, Node: n, In: in, Invoke: r.next, Complete: Never, Start: now, End: now}
	e := r.of(op, now)
	e.Type, e.Value = typeInvoke, asked(in)
	if err := r.append(e); err != nil {
		return err
	}
	r.open[p] = op
	r.ops++
	return nil
}

// room returns where an open operation is kept.
func (r *Recorder) room() *Op {
	last := len(r.free) - 1
	if last < 0 {
		return new(Op)
	}
	op := r.free[last]
	r.free = r.free[:last]
	return op
}

// of begins the next event, which is one of op.
func (r *Recorder) of(op *Op, at time.Duration) *Event {
	r.position, r.process = r.next, op.Process
	r.event = Event{Index: &r.position, Time: int64(at), Process: &r.process, F: string(op.In.F), Key: op.In.Key, Node: op.Node}
	return &r.event
}

// Complete records how the open operation of p ended and returns it as Decode would. Of
// the error text, which belongs to an outcome other than OK, the first 4 KiB are kept.
func (r *Recorder) Complete(p Process, out Output, outcome Outcome, errText string, now time.Duration) (Op, error) {
	op, busy := r.open[p]
	if !busy {
		return Op{}, fmt.Errorf("record completion: process %s has no open operation", p)
	}
	done := *op
	settle(&done, out, outcome, shorten(errText), r.next, now)
	e := r.of(&done, now)
	e.tell(done)
	if err := r.append(e); err != nil {
		return Op{}, err
	}
	delete(r.open, p)
	r.free = append(r.free, op)
	return done, nil
}

// Inject records that the fault with this number is in force, or, where err is not nil,
// that it could not be put in force. The value is the bound fault as it marshals to JSON,
// the text what a person reads.
func (r *Recorder) Inject(id int, kind, text string, value any, err error, now time.Duration) error {
	return r.fault(id, kind, text, value, phaseInject, err, now)
}

// Heal records that the fault with this number is no longer certain to be in force, since
// its healing begins; or, where err is not nil, that healing it did not work.
func (r *Recorder) Heal(id int, kind, text string, value any, err error, now time.Duration) error {
	return r.fault(id, kind, text, value, phaseHeal, err, now)
}

func (r *Recorder) fault(id int, kind, text string, value any, phase string, cause error, now time.Duration) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("record %s of fault %d: %w", phase, id, err)
	}
	e := r.of(&Op{Process: Nemesis}, now)
	e.Type, e.F, e.Value, e.Fault, e.Phase, e.Text = typeInfo, kind, Value(encoded), &id, phase, text
	if cause != nil {
		e.Error = shorten(cause.Error())
	}
	return r.append(e)
}

// Leader records that n was seen to lead in term.
func (r *Recorder) Leader(n NodeID, term uint64, now time.Duration) error {
	e := leadership(LeaderChange{Position: r.next, Time: now, Node: n, Term: term})
	return r.append(&e)
}

// Close makes the file durable and closes it. Operations still open have an unknown
// outcome.
func (r *Recorder) Close() error {
	if err := errors.Join(r.broken, r.file.Sync(), r.file.Close()); err != nil {
		return fmt.Errorf("close history: %w", err)
	}
	return nil
}

func (r *Recorder) append(e *Event) error {
	if r.broken != nil {
		return r.broken
	}
	line, err := appendLine(r.line[:0], e)
	if err != nil {
		return fmt.Errorf("record %s of %s: %w", e.Type, e.F, err)
	}
	r.line = line
	if _, err := r.file.Write(line); err != nil {
		r.broken = fmt.Errorf("record event %d: %w", r.next, err)
		return r.broken
	}
	r.next++
	return nil
}

func shorten(s string) string {
	if len(s) > errTextBytesMax {
		s = s[:errTextBytesMax] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
