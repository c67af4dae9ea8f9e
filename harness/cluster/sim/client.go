package sim

import (
	"errors"
	"fmt"
	"time"

	"senkei/harness/cluster"
	"senkei/harness/systems/reference"
	"senkei/history"
	"senkei/node/replica"
)

// Clients says how clients ask.
type Clients struct {
	// OpTimeout ends an operation whose outcome is unknown then.
	OpTimeout time.Duration `json:"op_timeout"`
	// RetryAfter is how long a client waits for one node before it asks the next one the same;
	// 0 means that it never asks twice. Writes are repeated under the same number of the
	// client's session, and so take effect once.
	RetryAfter time.Duration `json:"retry_after"`
	Sessions   bool          `json:"sessions"` // number the writes
	// SkipNumbers lets a client go on with the next number after a write that failed for
	// certain, as a careless one would; its session may be unknown then, which leaves the
	// outcome in doubt.
	SkipNumbers bool `json:"skip_numbers"`
	LeaseReads  bool `json:"lease_reads"` // ask for reads by lease

	// A request and a reply are under way from DelayMin to DelayMax. Loss is the chance, in
	// parts of 10,000, that either is lost.
	DelayMin time.Duration `json:"delay_min"`
	DelayMax time.Duration `json:"delay_max"`
	Loss     int           `json:"loss"`
}

// session is what is known of a process.
type session struct {
	ops uint64 // operations begun
	seq uint64 // of its latest write
}

// operation is what one process is doing.
type operation struct {
	w       *World
	process history.Process
	nth     uint64 // of the process's
	in      history.Input
	request replica.Request
	floor   uint64 // what was acknowledged to anybody when it began
	slot    int    // of the node that is asked
	attempt int    // counts them; an answer to an earlier one counts too
	// inDoubt counts the attempts that may have had, or may yet have, an effect.
	inDoubt int
	ended   bool
}

var errTimeout = errors.New("no answer in time")

// Invoke sends an operation of a process to a node. Its completion is queued for Await. A
// process whose operation ended with an unknown outcome must not be used again.
func (w *World) Invoke(p history.Process, n history.NodeID, in history.Input) {
	slot := w.slot(n)
	if slot == nil {
		panic(fmt.Sprintf("sim: process %d invokes on %q, which is not a node", p, n))
	}
	ofProcess := w.sessions[p]
	if ofProcess == nil {
		ofProcess = &session{}
		w.sessions[p] = ofProcess
	}
	ofProcess.ops++
	op := &operation{w: w, process: p, nth: ofProcess.ops, in: in, slot: slot.number, floor: w.ledger.Floor()}
	var err error
	if op.request, err = w.translate(p, in, ofProcess); err != nil {
		op.end(history.Output{}, fmt.Errorf("%w: %w", err, cluster.ErrNoEffect))
		return
	}
	w.Call(w.now+w.opts.Clients.OpTimeout, op.expire)
	op.try()
}

// translate numbers a write in the session of its process, where there are any.
func (w *World) translate(p history.Process, in history.Input, of *session) (replica.Request, error) {
	asked, err := reference.Translate(in)
	if err != nil {
		return replica.Request{}, err
	}
	r := replica.Request{Forward: true, Command: asked.Command}
	switch {
	case asked.Query != nil:
		r.Read = &replica.Read{Query: *asked.Query}
		if w.opts.Clients.LeaseReads {
			r.Read.Consistency = replica.Lease
		}
	case w.opts.Clients.Sessions:
		of.seq++
		r.Command.Client, r.Command.Seq = fmt.Sprintf("p%d", p), of.seq
	}
	return r, nil
}

// try sends the request to the node whose turn it is.
func (o *operation) try() {
	o.attempt++
	o.inDoubt++
	attempt := o.attempt
	cfg := o.w.opts.Clients
	if cfg.RetryAfter > 0 {
		o.w.Call(o.w.now+cfg.RetryAfter, func() {
			if !o.ended && o.attempt == attempt {
				o.failed(errTimeout)
			}
		})
	}
	d := o.dice(attempt, 0)
	lost, at := d.chance(cfg.Loss), o.w.now+d.between(cfg.DelayMin, cfg.DelayMax)
	o.w.trace.request(o, at, lost)
	if !lost {
		o.w.Call(at, func() { o.arrive(attempt) })
	}
}

// dice are those of the way there (0) or back (1) of an attempt.
func (o *operation) dice(attempt int, way uint64) dice {
	return dice(draw(o.w.seed, drawClient, uint64(o.process), o.nth, uint64(attempt)<<1|way))
}

// arrive hands the request to the server in the node's slot.
func (o *operation) arrive(attempt int) {
	s := o.w.slots[o.slot].server
	if s.replica == nil {
		o.answer(attempt, s, replica.Reply{Err: &replica.Error{Code: refused, Definite: true}})
		return
	}
	o.w.request(s, o.request, o.floor, func(r replica.Reply) { o.answer(attempt, s, r) })
}

const (
	refused replica.Code = "connection refused"
	reset   replica.Code = "connection reset"
)

// answer sends a reply back to the client.
func (o *operation) answer(attempt int, from *server, r replica.Reply) {
	cfg := o.w.opts.Clients
	d := o.dice(attempt, 1)
	lost, at := d.chance(cfg.Loss), o.w.now+d.between(cfg.DelayMin, cfg.DelayMax)
	o.w.trace.reply(o, from, at, lost, r)
	if !lost {
		o.w.Call(at, func() { o.come(attempt, r) })
	}
}

// come is a reply's arrival. A good one to an earlier attempt is as good as any.
func (o *operation) come(attempt int, r replica.Reply) {
	if o.ended {
		return
	}
	if r.Err == nil {
		o.end(reference.Output(o.in, r.Result))
		return
	}
	if r.Err.Definite {
		o.inDoubt--
	}
	if attempt == o.attempt {
		o.failed(errors.New(string(r.Err.Code)))
	}
}

// failed goes on to the next node after an attempt without result, or ends the operation
// where that must not be done.
func (o *operation) failed(err error) {
	cfg := o.w.opts.Clients
	harmless := o.in.F == history.Read || cfg.Sessions || o.inDoubt == 0
	switch {
	case cfg.RetryAfter > 0 && harmless:
		attempt := o.attempt
		o.slot = (o.slot + 1) % len(o.w.slots)
		o.w.Call(o.w.now+retryPause, func() {
			if !o.ended && o.attempt == attempt {
				o.try()
			}
		})
	case o.inDoubt > 0:
		o.end(history.Output{}, err)
	default:
		if o.request.Command.Seq > 0 && !cfg.SkipNumbers {
			o.w.sessions[o.process].seq-- // nobody has seen this number
		}
		o.end(history.Output{}, fmt.Errorf("%w: %w", err, cluster.ErrNoEffect))
	}
}

// retryPause keeps a client from asking all nodes in one moment.
const retryPause = 10 * time.Millisecond

// expire ends the operation where the client gives up.
func (o *operation) expire() {
	if !o.ended {
		o.end(history.Output{}, errTimeout)
	}
}

func (o *operation) end(out history.Output, err error) {
	o.ended = true
	o.w.finished(cluster.Completion{Process: o.process, Output: out, Err: err})
}
