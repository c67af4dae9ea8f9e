package replica

import (
	"time"

	"senkei/node/kv"
	"senkei/node/raft"
)

// openMax bounds the requests that wait in one replica; more are refused.
const openMax = 16384

// stage says what a request waits for.
type stage uint8

const (
	parked    stage = iota // for a leader to appear
	reading                // for this leader's confirmation, then for the state to catch up
	proposed               // for its log entry to be applied
	forwarded              // for the leader's answer
)

// request is one open request, of a client or of a peer that forwarded it.
type request struct {
	key      uint64 // of the requests table
	deadline time.Duration
	stage    stage

	read    *Read
	command kv.Command
	forward bool // a client's that may be forwarded

	id     uint64  // a client's: Request.ID
	origin raft.ID // a peer's: who forwarded it; None for a client's
	nonce  uint64  // a peer's, or of a forwarded one

	index, term uint64 // of a proposed one
}

// requests holds the open requests. Since all have the same time to live, the order of
// arrival is the order of their deadlines.
type requests struct {
	byKey   map[uint64]*request
	byIndex map[uint64]*request // proposed, by log index
	byNonce map[uint64]*request // forwarded
	order   []uint64            // keys by arrival; closed ones are dropped at the front
	lastKey uint64
}

func newRequests() requests {
	return requests{byKey: map[uint64]*request{}, byIndex: map[uint64]*request{}, byNonce: map[uint64]*request{}}
}

func (q *requests) len() int { return len(q.byKey) }

func (q *requests) add(req *request) {
	q.lastKey++
	req.key = q.lastKey
	q.byKey[req.key] = req
	q.order = append(q.order, req.key)
}

func (q *requests) remove(req *request) {
	q.detach(req)
	delete(q.byKey, req.key)
}

// detach forgets what the request waited for.
func (q *requests) detach(req *request) {
	switch req.stage {
	case proposed:
		delete(q.byIndex, req.index)
	case forwarded:
		delete(q.byNonce, req.nonce)
	}
	req.stage = parked
}

// all returns the open requests by arrival.
func (q *requests) all() []*request {
	open := make([]*request, 0, len(q.byKey))
	for _, key := range q.order {
		if req, ok := q.byKey[key]; ok {
			open = append(open, req)
		}
	}
	return open
}

// oldest returns the request that arrived first, or nil.
func (q *requests) oldest() *request {
	for len(q.order) > 0 {
		if req, ok := q.byKey[q.order[0]]; ok {
			return req
		}
		q.order = q.order[1:]
	}
	return nil
}

// accept takes a client's request.
func (r *Replica) accept(in Request) {
	req := &request{id: in.ID, read: in.Read, command: in.Command, forward: in.Forward}
	r.admit(req)
}

// acceptForward takes a request that a peer passed on.
func (r *Replica) acceptForward(from raft.ID, f forward) {
	req := &request{origin: from, nonce: f.Nonce, read: f.Read}
	if f.Command != nil {
		req.command = *f.Command
	}
	r.admit(req)
}

func (r *Replica) admit(req *request) {
	if req.read != nil && req.read.Stale {
		r.answer(req, r.store.Get(req.read.Key), nil)
		return
	}
	if r.open.len() >= openMax {
		r.answer(req, kv.Result{}, &Error{Code: Overloaded, Definite: true})
		return
	}
	if req.read == nil && req.command.Validate() != nil {
		r.answer(req, kv.Result{}, &Error{Code: Invalid, Definite: true})
		return
	}
	req.deadline = r.now + r.cfg.RequestTimeout
	r.open.add(req)
	r.start(req)
}

// start puts a parked request on its way, if there is one now.
func (r *Replica) start(req *request) {
	leader := r.raft.Leader()
	switch {
	case r.raft.Role() == raft.Leader && req.read != nil:
		req.stage = reading
		r.raft.Read(req.key)
	case r.raft.Role() == raft.Leader:
		index, term, _ := r.raft.Propose(kv.Encode(req.command))
		req.stage, req.index, req.term = proposed, index, term
		r.open.byIndex[index] = req
	case req.forward && leader != raft.None:
		req.stage, req.nonce = forwarded, r.rand.Uint64()
		r.open.byNonce[req.nonce] = req
		f := forward{Nonce: req.nonce, Read: req.read}
		if req.read == nil {
			f.Command = &req.command
		}
		r.send(leader, envelope{Forward: &f})
	case !req.forward:
		r.finish(req, kv.Result{}, &Error{Code: NotLeader, Definite: true, Leader: leader})
	}
}

// followLeadership reacts to a new term or leader: what was under way with the old one is
// given up or started again, what waited for a leader goes to the new one.
func (r *Replica) followLeadership() {
	if r.raft.Leader() == r.leader && r.raft.Term() == r.term {
		return
	}
	r.leader, r.term = r.raft.Leader(), r.raft.Term()
	for _, req := range r.open.all() {
		switch {
		case req.stage == reading:
			// The core hands back the reads of a lost leadership by itself.
		case req.stage != parked && req.read == nil:
			// The entry may survive in some log and be committed by the next leader.
			r.finish(req, kv.Result{}, &Error{Code: LeaderLost, Leader: r.leader})
		default:
			r.open.detach(req)
			r.start(req)
		}
	}
}

// finishRead answers a read that the core confirmed, or starts it again elsewhere.
func (r *Replica) finishRead(read raft.ReadReady) {
	req, ok := r.open.byKey[read.ID]
	if !ok {
		return // it timed out
	}
	if read.Lost {
		r.open.detach(req)
		r.start(req)
		return
	}
	r.finish(req, r.store.Get(req.read.Key), nil)
}

// finishCommand answers whoever proposed the entry that was applied.
func (r *Replica) finishCommand(index, term uint64, result kv.Result) {
	req, ok := r.open.byIndex[index]
	if !ok {
		return
	}
	if req.term != term {
		// Another leader's entry stands where this one should have been.
		r.finish(req, kv.Result{}, &Error{Code: LeaderLost, Leader: r.raft.Leader()})
		return
	}
	r.finish(req, result, refusal(result.Code))
}

// refusal returns the error that a result's code stands for, or nil. Whether an earlier
// attempt with the same sequence number took effect, the store cannot tell.
func refusal(code kv.Code) *Error {
	switch code {
	case kv.SessionExpired:
		return &Error{Code: SessionExpired}
	case kv.StaleSequence:
		return &Error{Code: StaleSequence}
	case kv.TooLarge:
		return &Error{Code: TooLarge, Definite: true}
	default:
		return nil
	}
}

// answered takes the leader's answer to a forwarded request.
func (r *Replica) answered(a answer) {
	req, ok := r.open.byNonce[a.Nonce]
	if !ok {
		return
	}
	if a.Err != nil && a.Err.Code == NotLeader {
		// It does not lead (any more) and did nothing: wait for who does.
		r.open.detach(req)
		return
	}
	r.finish(req, a.Result, a.Err)
}

// expire answers the requests whose time is up. A parked one was never under way.
func (r *Replica) expire() {
	for req := r.open.oldest(); req != nil && r.now >= req.deadline; req = r.open.oldest() {
		failure := &Error{Code: Timeout, Leader: r.raft.Leader()}
		if req.stage == parked {
			failure = &Error{Code: NoLeader, Definite: true}
		}
		r.finish(req, kv.Result{}, failure)
	}
}

func (r *Replica) finish(req *request, result kv.Result, failure *Error) {
	r.open.remove(req)
	r.answer(req, result, failure)
}

func (r *Replica) answer(req *request, result kv.Result, failure *Error) {
	if req.origin != raft.None {
		r.send(req.origin, envelope{Answer: &answer{Nonce: req.nonce, Result: result, Err: failure}})
		return
	}
	r.effects = append(r.effects, Reply{ID: req.id, Result: result, Err: failure})
}
