package replica

import (
	"errors"
	"fmt"
	"time"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/marks"
	"senkei/node/raft"
)

// stage says what a request waits for.
type stage uint8

const (
	parked        stage = iota // for a leader to appear
	reading                    // for this leader's confirmation, then for the state to catch up
	awaitingIndex              // for the leader's read index
	behind                     // for the state to reach that
	proposed                   // for its log entry to be applied
	forwarded                  // for the leader's reply
	transferring               // for another server to lead
)

// request is one open request, of a client or of a peer that forwarded it.
type request struct {
	key      uint64 // of the requests table
	deadline time.Duration
	stage    stage

	// As in Request.
	read     *Read
	command  kv.Command
	change   *raft.Change
	transfer *Transfer
	forward  bool // a client's that may be forwarded

	id     uint64  // a client's: Request.ID
	origin raft.ID // a peer's: who forwarded it; None for a client's
	nonce  uint64  // a peer's, or of a forwarded one

	index, term uint64  // of a proposed one; the index of one that is behind
	to          raft.ID // of one that is transferring
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

func (q *requests) holds(req *request) bool { return q.byKey[req.key] == req }

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
	r.admit(&request{
		id: in.ID, read: in.Read, command: in.Command, change: in.Change, transfer: in.Transfer, forward: in.Forward,
	})
}

func (r *Replica) admit(req *request) {
	switch {
	case req.validate() != nil:
		r.reply(req, Reply{Err: &Error{Code: Invalid, Definite: true}})
	case req.read != nil && req.read.Consistency == Stale:
		r.reply(req, Reply{Result: r.store.Read(req.read.Query)})
	case r.open.len() >= limits.OpenMax:
		r.reply(req, Reply{Err: &Error{Code: Overloaded, Definite: true}})
	default:
		req.deadline = r.now + r.cfg.RequestTimeout
		r.open.add(req)
		r.start(req)
	}
}

func (req *request) validate() error {
	switch {
	case req.read != nil && req.origin != raft.None: // a readIndexRequest has no query
		return nil
	case req.read != nil:
		return req.read.Query.Validate()
	case req.change != nil:
		return req.change.Validate()
	case req.transfer != nil:
		return nil
	default:
		return req.command.Validate()
	}
}

// start puts a parked request on its way, if there is one now.
func (r *Replica) start(req *request) {
	leader := r.raft.Leader()
	passOn := req.forward && req.transfer == nil
	switch {
	case r.raft.Role() == raft.Leader:
		r.lead(req)
	case !passOn || leader == raft.None && r.removed():
		r.marks.HitIf(passOn, marks.RemovedSentAway)
		r.finish(req, Reply{Err: &Error{Code: NotLeader, Definite: true, Leader: leader}})
	case leader == raft.None: // it stays parked
		r.marks.Hit(marks.RequestParked)
	case req.read != nil:
		r.follow.wait(req)
	default:
		r.pass(req, leader)
	}
}

// removed reports whether this server was a member and is none any more: then it will not
// hear who leads, and its clients must look elsewhere.
func (r *Replica) removed() bool {
	c, _ := r.raft.Configuration()
	_, member := c.Find(r.cfg.ID)
	return !member && len(c.Servers) > 0
}

// lead gives a request to the core of a leader.
func (r *Replica) lead(req *request) {
	var err error
	switch {
	case req.read != nil:
		req.stage = reading
		r.raft.Read(req.key, req.read.Consistency == Lease)
		return
	case req.transfer != nil:
		if req.to, err = r.raft.Transfer(req.transfer.To); err == nil {
			req.stage = transferring
			return
		}
	case req.change != nil:
		req.index, req.term, err = r.raft.Reconfigure(*req.change)
	default:
		req.index, req.term, err = r.raft.Propose(kv.Encode(req.command))
	}
	switch {
	case err == nil:
		req.stage = proposed
		r.open.byIndex[req.index] = req
	case errors.Is(err, raft.ErrTransferring) && req.transfer == nil: // it stays parked until that is over
		r.marks.Hit(marks.WriteAwaitsTransfer)
	default:
		r.finish(req, Reply{Err: &Error{Code: code(err), Definite: true}})
	}
}

// code returns what a refusal of the core means to a client.
func code(err error) Code {
	for _, c := range []struct {
		err  error
		code Code
	}{
		{raft.ErrOverloaded, Overloaded}, {raft.ErrChangePending, ChangePending}, {raft.ErrTransferring, ChangePending},
		{raft.ErrLastVoter, LastVoter}, {raft.ErrTooManyServers, TooManyServers}, {raft.ErrNoTransferee, NoTransferee},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	panic(fmt.Sprintf("replica: unexpected refusal: %v", err))
}

// followLeadership reacts to a new term or leader, and reports whether there is one: what was
// under way with the old one is given up or started again, what waited for a leader goes to
// the new one.
func (r *Replica) followLeadership() bool {
	leader, term, transferee := r.raft.Leader(), r.raft.Term(), r.raft.Transferring()
	if leader == r.leader && term == r.term && (transferee == r.transferring || r.transferring == raft.None) {
		r.transferring = transferee
		return false
	}
	r.leader, r.term, r.transferring = leader, term, transferee
	r.follow.waiting = [2][]*request{} // they are open, and so among those below
	for _, req := range r.open.all() {
		r.reconsider(req)
	}
	return true
}

func (r *Replica) reconsider(req *request) {
	leads := r.raft.Role() == raft.Leader
	switch req.stage {
	case reading, behind:
		// The core hands back the reads of a lost leadership by itself; a read index that
		// is known stays good.
	case transferring:
		switch {
		case r.leader == req.to:
			r.finish(req, Reply{Leader: r.leader})
		case r.leader != raft.None && (!leads || r.transferring != req.to):
			r.finish(req, Reply{Err: &Error{Code: TransferFailed, Leader: r.leader}})
		}
	case proposed, forwarded:
		if req.stage == proposed && leads && req.term == r.term {
			return // only a transfer has ended
		}
		// The entry may survive in some log and be committed by the next leader.
		r.marks.Hit(marks.LeaderLost)
		r.finish(req, Reply{Err: &Error{Code: LeaderLost, Leader: r.leader}})
	default:
		r.open.detach(req)
		r.start(req)
	}
}

// finishProposal answers whoever proposed the entry that was applied.
func (r *Replica) finishProposal(e raft.Entry, result kv.Result) {
	req, ok := r.open.byIndex[e.Index]
	switch {
	case !ok:
	case req.term != e.Term:
		// Another leader's entry stands where this one should have been.
		r.finish(req, Reply{Err: &Error{Code: LeaderLost, Leader: r.raft.Leader()}})
	case e.Configuration != nil:
		r.finish(req, Reply{Configuration: *e.Configuration})
	default:
		r.finish(req, Reply{Result: result, Err: refusal(result.Code)})
	}
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
	case kv.NotNumber:
		return &Error{Code: NotNumber, Definite: true}
	case kv.OutOfRange:
		return &Error{Code: OutOfRange, Definite: true}
	case kv.ResultTooLarge:
		return &Error{Code: ResultTooLarge, Definite: true}
	default:
		return nil
	}
}

// acceptPeerReply takes the leader's reply to a forwarded request or a readIndexRequest.
func (r *Replica) acceptPeerReply(a peerReply) {
	if r.acceptReadIndex(a) {
		return
	}
	req, ok := r.open.byNonce[a.Nonce]
	if !ok {
		r.marks.Hit(marks.ReplyUnwanted)
		return
	}
	if a.Err != nil && a.Err.Code == NotLeader {
		// It does not lead (any more) and did nothing: wait for who does.
		r.marks.Hit(marks.ForwardRefused)
		r.open.detach(req)
		return
	}
	reply := Reply{Result: a.Result, Err: a.Err}
	if a.Configuration != nil {
		reply.Configuration = *a.Configuration
	}
	r.finish(req, reply)
}

// expire answers the requests whose time is up. A parked one was never under way.
func (r *Replica) expire() {
	for req := r.open.oldest(); req != nil && r.now >= req.deadline; req = r.open.oldest() {
		if req.stage == parked {
			r.marks.Hit(marks.DeadlineParked)
			r.finish(req, Reply{Err: &Error{Code: NoLeader, Definite: true}})
		} else {
			r.marks.Hit(marks.DeadlineUnderWay)
			r.finish(req, Reply{Err: &Error{Code: Timeout, Leader: r.raft.Leader()}})
		}
	}
	r.follow.forget(r.now)
}

func (r *Replica) finish(req *request, reply Reply) {
	r.open.remove(req)
	r.reply(req, reply)
}

func (r *Replica) reply(req *request, reply Reply) {
	if req.origin == raft.None {
		reply.ID = req.id
		r.effects = append(r.effects, reply)
		return
	}
	a := &peerReply{Nonce: req.nonce, Result: reply.Result, Err: reply.Err}
	if reply.Configuration.Servers != nil {
		a.Configuration = &reply.Configuration
	}
	r.send(req.origin, envelope{Reply: a})
}
