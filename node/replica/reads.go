package replica

import (
	"time"

	"senkei/node/marks"
	"senkei/node/raft"
)

// followerReads are reads that this server answers itself although it does not lead: it
// asks the leader for a read index, once for all reads that came together, and waits until
// its own state has reached it (thesis §6.4).
type followerReads struct {
	waiting [2][]*request         // to be asked for at the end of the step; the second by lease
	asked   map[uint64][]*request // by nonce
	order   []question            // oldest first
	behind  []*request            // the index is known, the state has not reached it
}

type question struct {
	nonce    uint64
	deadline time.Duration
}

func newFollowerReads() followerReads { return followerReads{asked: map[uint64][]*request{}} }

// wait takes a read whose leader is to be asked.
func (f *followerReads) wait(req *request) {
	req.stage = asking
	i := 0
	if req.read.Consistency == Lease {
		i = 1
	}
	f.waiting[i] = append(f.waiting[i], req)
}

// ask sends the leader one question for all reads that wait for it.
func (r *Replica) ask() {
	for i, reads := range r.follow.waiting {
		if len(reads) == 0 {
			continue
		}
		nonce := r.rand.Uint64()
		r.follow.waiting[i] = nil
		r.follow.asked[nonce] = reads
		r.follow.order = append(r.follow.order, question{nonce, r.now + r.cfg.RequestTimeout})
		r.send(r.raft.Leader(), envelope{Ask: &ask{Nonce: nonce, Lease: i == 1}})
	}
}

// acceptAsk treats a follower's question as a read whose answer is its index.
func (r *Replica) acceptAsk(from raft.ID, a ask) {
	read := &Read{}
	if a.Lease {
		read.Consistency = Lease
	}
	r.admit(&request{origin: from, nonce: a.Nonce, read: read})
}

// told takes the leader's answer to a question, and reports whether it was one.
func (r *Replica) told(a answer) bool {
	reads, asked := r.follow.asked[a.Nonce]
	if !asked {
		return false
	}
	delete(r.follow.asked, a.Nonce)
	for _, req := range reads {
		switch {
		case !r.open.holds(req):
		case a.Err != nil && a.Err.Code == NotLeader:
			r.marks.Hit(marks.QuestionRefused)
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

// forget drops the questions that nobody waits for any more.
func (f *followerReads) forget(now time.Duration) {
	for len(f.order) > 0 && f.order[0].deadline <= now {
		delete(f.asked, f.order[0].nonce)
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
		r.send(req.origin, envelope{Answer: &answer{Nonce: req.nonce, Index: read.Index}})
	default:
		r.finish(req, Reply{Result: r.store.Read(req.read.Query)})
	}
}
