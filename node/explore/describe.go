package explore

import (
	"bytes"
	"encoding/binary"
	"slices"

	"senkei/node/raft"
)

// Descriptions are bytes that differ where the things do, with the servers renamed. What is
// hashed on its own begins with a letter for its kind.

// appendServer appends all of a server that can matter later. Its clock cannot.
func (x *explorer) appendServer(b []byte, s *server, r renaming) []byte {
	b = s.raft.AppendState(append(b, 'S'), r.name)
	b = appendHard(b, s.durable.hard, r)
	b = appendNumbers(b, uint64(s.durable.applied))
	b = appendEntries(b, s.durable.log)
	b = appendEntries(b, s.applied)
	for _, w := range s.writes {
		b = append(b, 'W')
		if w.hard != nil {
			b = appendHard(append(b, 'H'), *w.hard, r)
		}
		b = appendEntries(append(b, 'E'), w.entries)
		b = appendNumbers(b, uint64(w.applied))
		// They leave together, and their order goes by names.
		var waiting [][]byte
		for _, m := range w.afterPersist {
			waiting = append(waiting, appendMessage(nil, x.messages.items[m], r))
		}
		slices.SortFunc(waiting, bytes.Compare)
		b = append(b, bytes.Join(waiting, nil)...)
	}
	return b
}

func appendPast(b []byte, p past, r renaming) []byte {
	b = append(b, 'P', p.proposed)
	for _, leaders := range p.leaders {
		renamed := uint8(0)
		for i, to := range r {
			renamed |= leaders >> i & 1 << to
		}
		b = append(b, renamed)
	}
	for _, c := range p.chain {
		b = appendEntries(appendNumbers(b, c.in), []raft.Entry{c.Entry})
	}
	return b
}

func appendMessage(b []byte, m raft.Message, r renaming) []byte {
	refused := uint64(0)
	if m.Refused {
		refused = 1
	}
	b = appendName(appendName(append(b, 'M'), m.From, r), m.To, r)
	b = appendNumbers(b, uint64(m.Type), m.Term, m.Index, m.LogTerm, m.Commit, refused, m.Match)
	return appendEntries(b, m.Entries)
}

func appendHard(b []byte, h raft.HardState, r renaming) []byte {
	return appendName(appendNumbers(b, h.Term), h.Vote, r)
}

func appendEntries(b []byte, entries []raft.Entry) []byte {
	b = appendNumbers(b, uint64(len(entries)))
	for _, e := range entries {
		b = appendNumbers(b, e.Index, e.Term, uint64(e.Kind), uint64(len(e.Data)))
		b = append(b, e.Data...)
	}
	return b
}

func appendName(b []byte, id raft.ID, r renaming) []byte { return append(append(b, r.name(id)...), 0) }

func appendNumbers(b []byte, numbers ...uint64) []byte {
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}
