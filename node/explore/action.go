package explore

import "senkei/node/raft"

// kind is one of the things that can happen to a server.
//
// Losing a message is none of them. A message that is never delivered is lost, and nothing that
// is checked looks at the messages under way: whatever happens after a loss happens without it
// too, one action earlier.
type kind uint8

const (
	timeOut   kind = iota // hears no leader for so long that it campaigns
	heartbeat             // a leader's heartbeats are due
	propose               // a client proposes an entry to a leader
	crash                 // and restart, with what is durable
	finish                // the disk finishes its oldest write
	deliver               // receives a message
)

// input is one thing that happens to a server.
type input struct {
	kind kind
	// late: the server has heard no leader for an election timeout when the message comes, and
	// so protects its leader no more, or does not lead any more itself.
	//
	// The clock has no other say. What a server has waited for shows only in how it answers a
	// Vote or PreVote of a higher term, and in its own campaign. So servers cease to protect their leader,
	// and leaders step down for want of followers, in the very action in which that shows, and
	// not in one of its own before it.
	late bool
	// prompt: the disk finishes all writes before anything else happens to the server. That is
	// tried where none was under way before; where one was, finish can follow on its own.
	prompt   bool
	argument uint32 // the number of a message or of a proposal
}

// move is an input to the server at a position.
type move struct {
	server uint8
	input
}

// successors calls visit with each action that can be taken in a world, and what it leads to.
// panicked says why the core stopped itself, if it did.
func (x *explorer) successors(w *world, visit func(m move, to world, panicked string)) {
	for i := range x.names {
		s := x.servers.items[w.server[i]]
		try := func(in input) {
			m := move{uint8(i), in}
			to, panicked := x.step(w, m)
			visit(m, to, panicked)
			if len(s.writes) == 0 && panicked == "" && len(x.servers.items[to.server[i]].writes) > 0 {
				m.prompt = true
				to, panicked = x.step(w, m)
				visit(m, to, panicked)
			}
		}
		x.own(w, s, try)
		x.deliveries(w, s, try)
	}
}

// own tries what a server does without a message.
func (x *explorer) own(w *world, s *server, try func(input)) {
	if s.raft.Role() == raft.Leader {
		try(input{kind: heartbeat})
		if n := x.pasts.items[w.past].proposed; int(n) < x.options.Entries {
			try(input{kind: propose, argument: uint32(n) + 1})
		}
	}
	if int(s.raft.Term()) <= x.options.Terms {
		try(input{kind: timeOut})
	}
	if len(s.writes) > 0 {
		try(input{kind: finish})
	}
	try(input{kind: crash})
}

// deliveries tries every message that was ever sent to a server.
func (x *explorer) deliveries(w *world, s *server, try func(input)) {
	for i := range x.names {
		for _, n := range x.outboxes.items[w.outbox[i]] {
			m := &x.messages.items[n]
			if m.To != s.id {
				continue
			}
			try(input{kind: deliver, argument: n})
			if (m.Type == raft.Vote || m.Type == raft.PreVote) && m.Term > s.raft.Term() && s.raft.HeardLeaderRecently() {
				try(input{kind: deliver, argument: n, late: true})
			}
		}
	}
}
