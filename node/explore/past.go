package explore

import (
	"slices"

	"senkei/node/raft"
)

// past is what must be remembered of how a world came about, because servers forget it: who
// led and what was committed holds over all restarts.
type past struct {
	leaders  [TermsMax + 2]uint8 // by term: a bit for each server that has led it
	chain    []committed         // what has been committed anywhere, first come first served
	proposed uint8               // how many entries clients have proposed
}

// committed is an entry of the chain.
type committed struct {
	raft.Entry
	in uint64 // the term of the server that knew first; leaders do
}

// observe adds to the past what an action has made of a server, and returns its number.
func (x *explorer) observe(number uint32, m move, s *server) uint32 {
	old := &x.pasts.items[number]
	leads := s.raft.Role() == raft.Leader && old.leaders[s.raft.Term()]>>m.server&1 == 0
	commits := int(s.raft.Commit()) > len(old.chain)
	if !leads && !commits && m.kind != propose {
		return number
	}
	p := *old
	if m.kind == propose {
		p.proposed++
	}
	if leads {
		p.leaders[s.raft.Term()] |= 1 << m.server
	}
	if commits {
		p.chain = slices.Clip(p.chain)
		for _, e := range s.log[len(p.chain):s.raft.Commit()] {
			p.chain = append(p.chain, committed{e, s.raft.Term()})
		}
	}
	return x.record(p)
}

// record numbers a past.
func (x *explorer) record(p past) uint32 {
	return x.pasts.number(p, x.renamings, func(b []byte, r renaming) []byte { return appendPast(b, p, r) })
}
