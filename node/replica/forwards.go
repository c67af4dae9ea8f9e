package replica

import (
	"senkei/node/marks"
	"senkei/node/raft"
)

// A forwarded request is carried out at most once, although a message may come twice and
// at any time: its sender answers its client by what becomes of the first. So whoever takes
// forwards remembers which it has seen, for as long as it lives, and is in doubt about those
// that an earlier life of its own may have seen.

// forwarder numbers the requests that this server passes on. The first number is drawn at
// random in each life, so that none meets the reply to another life's.
type forwarder struct {
	first, last uint64
}

// next returns a number.
func (f *forwarder) next() uint64 {
	f.last++
	return f.last
}

// forwardsSeen are the numbers of the forwards that came to this server in its life.
type forwardsSeen struct {
	born  uint64                    // the term in which this life began: a forward meant for an earlier one is in doubt
	lives map[raft.ID][]*seenOfLife // by sender, its lives by their first forward, at most livesMax
}

// livesMax is of how many lives of one server the numbers are remembered, the latest.
const livesMax = 4

// seenOfLife are the numbers of one life of one sender.
type seenOfLife struct {
	first  uint64
	latest uint64               // counted from first, as all below
	seen   [seenMax / 64]uint64 // by number modulo seenMax, of those after latest-seenMax
}

// seenMax is how far a forward may fall behind a later one of the same sender. What falls
// further behind counts as a repetition, and its sender times out.
const seenMax = 4096

// repeated notes a forward and reports whether it was, or may have been, here before.
func (s *forwardsSeen) repeated(from raft.ID, f forward) bool {
	lives := s.lives[from]
	var life *seenOfLife
	for _, known := range lives {
		if known.first == f.First {
			life = known
		}
	}
	if life == nil {
		life = &seenOfLife{first: f.First}
		s.lives[from] = append(lives[max(0, len(lives)-livesMax+1):], life)
	}
	return life.repeated(f.Nonce - f.First)
}

func (l *seenOfLife) repeated(number uint64) bool {
	switch {
	case number > l.latest:
		if number-l.latest >= seenMax {
			clear(l.seen[:])
		}
		for n := l.latest + 1; n < number && n-l.latest < seenMax; n++ {
			l.seen[n%seenMax/64] &^= 1 << (n % 64)
		}
		l.latest = number
	case l.latest-number >= seenMax:
		return true
	case l.seen[number%seenMax/64]&(1<<(number%64)) != 0:
		return true
	}
	l.seen[number%seenMax/64] |= 1 << (number % 64)
	return false
}

// pass sends a request on to the leader.
func (r *Replica) pass(req *request, leader raft.ID) {
	req.stage, req.nonce = forwarded, r.forwards.next()
	r.open.byNonce[req.nonce] = req
	f := forward{Nonce: req.nonce, First: r.forwards.first, Term: r.raft.Term(), Change: req.change}
	if req.change == nil {
		f.Command = &req.command
	}
	r.send(leader, envelope{Forward: &f})
}

// acceptForward takes a request that a peer passed on.
func (r *Replica) acceptForward(from raft.ID, f forward) {
	if r.seen.repeated(from, f) {
		r.marks.Hit(marks.ForwardRepeated)
		return
	}
	req := &request{origin: from, nonce: f.Nonce, change: f.Change}
	if f.Command != nil {
		req.command = *f.Command
	}
	if f.Term <= r.seen.born {
		// It was meant for a leader of an earlier life, which may have taken it.
		r.marks.Hit(marks.ForwardOutlived)
		r.reply(req, Reply{Err: &Error{Code: LeaderLost, Leader: r.raft.Leader()}})
		return
	}
	r.admit(req)
}
