package replica

import (
	"time"

	"senkei/node/marks"
	"senkei/node/raft"
)

// followerReads are reads that this server answers itself although it does not lead: it
// requests a read index from the leader, once for all reads that came together, and waits
// until its own state has reached it (thesis §6.4). A read is in at most one of waiting,
// requested and behind, and passes through them in this order.
type followerReads struct {
	waiting   [2][]*request         // no index requested yet; the second: by lease
	requested map[uint64][]*request // by the nonce of the readIndexRequest
	order     []sentRequest         // of the requested, oldest first
	behind    []*request            // the index is known, the state has not reached it
}

// sentRequest is a readIndexRequest and when nobody waits for its reply any more.
type sentRequest struct {
	nonce    uint64
	deadline time.Duration
}

func newFollowerReads() followerReads { return followerReads{requested: map[uint64][]*request{}} }

// wait takes a read for which a read index is to be requested at the end of the step.
func (f *followerReads) wait(req *request) {
	req.stage = awaitingIndex
	i := 0
	if req.read.Consistency == Lease {
		i = 1
	}
	f.waiting[i] = append(f.waiting[i], req)
}

// sendReadIndexRequests sends the leader one request for all reads that wait for it, and one
// for those by lease.
func (r *Replica) sendReadIndexRequests() {
	for i, reads := range r.follow.waiting {
		if len(reads) == 0 {
			continue
		}
		nonce := r.rand.Uint64()
		r.follow.waiting[i] = nil
		r.follow.requested[nonce] = reads
		r.follow.order = append(r.follow.order, sentRequest{nonce, r.now + r.cfg.RequestTimeout})
		r.send(r.raft.Leader(), envelope{ReadIndex: &readIndexRequest{Nonce: nonce, Lease: i == 1}})
	}
}

// acceptReadIndexRequest treats a follower's request as a read whose reply is its index.
func (r *Replica) acceptReadIndexRequest(from raft.ID, a readIndexRequest) {
	read := &Read{}
	if a.Lease {
		read.Consistency = Lease
	}
	r.admit(&request{origin: from, nonce: a.Nonce, read: read})
}

// acceptReadIndex takes the leader's reply to a readIndexRequest, and reports whether it was one.
func (r *Replica) acceptReadIndex(a peerReply) bool {
	reads, requested := r.follow.requested[a.Nonce]
	if !requested {
		return false
	}
	delete(r.follow.requested, a.Nonce)
	for _, req := range reads {
		switch {
		case !r.open.holds(req):
		case a.Err != nil && a.Err.Code == NotLeader:
			r.marks.Hit(marks.ReadIndexRefused)
			r.open.detach(req) // it waits for who leads
		case a.Err != nil:
			r.finish(req, Reply{Err: a.Err})
		default:
			req.stage, req.index = behind, a.Index
			r.follow.behind = append(r.follow.behind, req)
		}
	}
	return true
}

// catchUp answers the reads whose index the state has reached.
func (r *Replica) catchUp() {
	still := r.follow.behind[:0]
	for _, req := range r.follow.behind {
		switch {
		case !r.open.holds(req):
		case req.index <= r.store.Applied():
			r.finish(req, Reply{Result: r.store.Read(req.read.Query)})
		default:
			r.marks.Hit(marks.FollowerReadBehind)
			still = append(still, req)
		}
	}
	clear(r.follow.behind[len(still):])
	r.follow.behind = still
}

// forget drops the requests that nobody waits for any more.
func (f *followerReads) forget(now time.Duration) {
	for len(f.order) > 0 && f.order[0].deadline <= now {
		delete(f.requested, f.order[0].nonce)
		f.order = f.order[1:]
	}
}

// finishRead answers a read that the core confirmed, or starts it again elsewhere.
func (r *Replica) finishRead(read raft.ReadReady) {
	req, ok := r.open.byKey[read.ID]
	switch {
	case !ok: // it timed out
	case read.Lost:
		r.marks.Hit(marks.ReadLost)
		r.open.detach(req)
		r.start(req)
	case req.origin != raft.None:
		r.open.remove(req)
		r.send(req.origin, envelope{Reply: &peerReply{Nonce: req.nonce, Index: read.Index}})
	default:
		r.finish(req, Reply{Result: r.store.Read(req.read.Query)})
	}
}
