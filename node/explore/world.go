package explore

import (
	"encoding/binary"
	"slices"

	"senkei/node/raft"
)

// world is a state of the whole cluster, as numbers in the explorer's tables.
//
// The network is the set of all messages that were ever sent, kept by sender; each of them can
// be delivered at any time, again and again. That is all that a network may do that loses,
// delays, reorders and repeats (§5.5), so equal messages need no count.
type world struct {
	server, outbox [NodesMax]uint32
	past           uint32
}

// renaming gives each server the name of another: position i gets that of renaming[i].
type renaming []int

var allNames = []raft.ID{"n1", "n2", "n3", "n4", "n5"}

func (r renaming) name(id raft.ID) raft.ID {
	if id == raft.None {
		return id
	}
	return allNames[r[slices.Index(allNames, id)]]
}

// renamings returns all permutations of n names, the one that changes nothing first.
func renamings(n int) []renaming {
	if n == 0 {
		return []renaming{{}}
	}
	var all []renaming
	for at := n - 1; at >= 0; at-- {
		for _, r := range renamings(n - 1) {
			all = append(all, slices.Insert(slices.Clone(r), at, n-1))
		}
	}
	return all
}

// founded returns the world in which nothing has happened yet.
func (x *explorer) founded() (w world) {
	for i, id := range x.names {
		s := &server{id: id}
		x.restart(s)
		w.server[i] = x.remember(s)
		w.outbox[i] = x.outbox(nil)
	}
	w.past = x.record(past{})
	return w
}

// remember numbers a server.
func (x *explorer) remember(s *server) uint32 {
	return x.servers.number(s, x.renamings, func(b []byte, r renaming) []byte { return x.appendServer(b, s, r) })
}

// acted is an input to a server, given by its number.
type acted struct {
	server uint32
	input  input
}

// outcome is what becomes of that, as numbers.
type outcome struct {
	server   uint32
	outbox   uint32 // what is sent
	panicked string // why the core stopped itself; empty if it did not
}

// step takes an action. panicked says why the core stopped itself, if it did.
func (x *explorer) step(w *world, m move) (to world, panicked string) {
	i := m.server
	key := acted{w.server[i], m.input}
	o, known := x.outcomes[key]
	if !known {
		o = x.outcome(x.act(x.servers.items[w.server[i]], m.input))
		x.outcomes[key] = o
	}
	to = *w
	if o.panicked == "" {
		to.server[i] = o.server
		to.outbox[i] = x.union(w.outbox[i], o.outbox)
		to.past = x.observe(w.past, m, x.servers.items[o.server])
	}
	return to, o.panicked
}

func (x *explorer) outcome(e effect) outcome {
	if e.panicked != "" {
		return outcome{panicked: e.panicked}
	}
	return outcome{server: x.remember(e.next), outbox: x.outbox(e.sent)}
}

// number numbers messages. Without pre-votes nobody waits for one.
func (x *explorer) number(messages []raft.Message) (numbers []uint32) {
	for _, m := range messages {
		if m.Type == raft.PreVote && !x.options.PreVotes {
			continue
		}
		describe := func(b []byte, r renaming) []byte { return appendMessage(b, m, r) }
		numbers = append(numbers, x.messages.number(m, x.renamings, describe))
	}
	return numbers
}

// outbox returns the number of a set of messages.
func (x *explorer) outbox(numbers []uint32) uint32 {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	t := &x.outboxes
	t.buffer = t.buffer[:0]
	for _, n := range numbers {
		t.buffer = binary.LittleEndian.AppendUint32(t.buffer, n)
	}
	if n, known := t.numbers[string(t.buffer)]; known {
		return n
	}
	outbox := t.add(slices.Clip(numbers))
	for _, n := range numbers {
		for i, h := range x.messages.hash(n) {
			t.hash(outbox)[i] += h
		}
	}
	return outbox
}

func (x *explorer) union(a, b uint32) uint32 {
	key := [2]uint32{a, b}
	u, known := x.unions[key]
	if !known {
		u = x.outbox(slices.Concat(x.outboxes.items[a], x.outboxes.items[b]))
		x.unions[key] = u
	}
	return u
}

// canonical returns the fingerprint of a world, the same for all worlds that differ only in the
// names of the servers: the least of those under all renamings. The core compares names only to
// do things in a fixed order, so that what can follow is the same too, but for the names.
//
// A fingerprint is the sum of the hashes of servers, messages and past. Two different worlds
// have the same one with a probability of about 3.3/2^64 where there are three servers, as if
// hashes were drawn at random; that some of n do, and one is taken for seen before it is, with
// at most 1.7·n²/2^64: one in 10,000 for 30 million.
func (x *explorer) canonical(w *world) uint64 {
	var sums [120]uint64 // NodesMax factorial
	x.fingerprints(w, sums[:len(x.renamings)])
	return slices.Min(sums[:len(x.renamings)])
}

// fingerprints computes that under each renaming.
func (x *explorer) fingerprints(w *world, sums []uint64) {
	copy(sums, x.pasts.hash(w.past))
	for i := range x.names {
		server, outbox := x.servers.hash(w.server[i]), x.outboxes.hash(w.outbox[i])
		for r := range sums {
			sums[r] += server[r] + outbox[r]
		}
	}
}
