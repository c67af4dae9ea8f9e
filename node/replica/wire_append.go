package replica

import (
	"encoding/binary"
	"fmt"

	"senkei/node/codec"
	"senkei/node/limits"
	"senkei/node/raft"
)

// Nearly all messages are Appends and their replies, so these have a layout of their own,
// which costs a small part of what CBOR does. No CBOR envelope begins with its first bytes.
//
//	kind, flags: a byte each
//	from, to: byte strings after their lengths
//	term, index, log term, commit, match, round, number of entries: varints
//	each entry: term and kind as varints, its data as a byte string after its length
//
// Appends with a configuration among their entries are left to CBOR.
const (
	plainAppend      = 1
	plainAppendReply = 2

	flagRefused = 1
)

// plain reports whether a message has the layout for Appends and their replies.
func plain(m *raft.Message) bool {
	if m == nil || m.Type != raft.Append && m.Type != raft.AppendReply || m.Transfer || m.Meta != nil || m.Chunk != 0 || m.Data != nil || m.Last {
		return false
	}
	for i := range m.Entries {
		e := &m.Entries[i]
		if e.Configuration != nil || e.Index != m.Index+1+uint64(i) {
			return false
		}
	}
	return true
}

// encodePlain encodes a message for which plain holds.
func encodePlain(m *raft.Message) []byte {
	size := 64 + len(m.From) + len(m.To)
	for i := range m.Entries {
		size += 16 + len(m.Entries[i].Data)
	}
	b := make([]byte, 0, size)
	kind, flags := byte(plainAppend), byte(0)
	if m.Type == raft.AppendReply {
		kind = plainAppendReply
	}
	if m.Refused {
		flags = flagRefused
	}
	b = append(b, kind, flags)
	b = codec.AppendBytes(codec.AppendBytes(b, m.From), m.To)
	for _, n := range [...]uint64{m.Term, m.Index, m.LogTerm, m.Commit, m.Match, m.Round, uint64(len(m.Entries))} {
		b = binary.AppendUvarint(b, n)
	}
	for i := range m.Entries {
		e := &m.Entries[i]
		b = binary.AppendUvarint(b, e.Term)
		b = binary.AppendUvarint(b, uint64(e.Kind))
		b = codec.AppendBytes(b, e.Data)
	}
	return b
}

// decodePlain reverses encodePlain. The entries' data lie in data.
func decodePlain(data []byte) (*raft.Message, error) {
	if len(data) < 2 || data[1] > flagRefused {
		return nil, fmt.Errorf("no Append has the flags %x", data[1:min(2, len(data))])
	}
	m := &raft.Message{Type: raft.Append, Refused: data[1] == flagRefused}
	if data[0] == plainAppendReply {
		m.Type = raft.AppendReply
	}
	r := codec.NewReader(data[2:])
	m.From, m.To = raft.ID(r.Bytes(limits.IDBytesMax)), raft.ID(r.Bytes(limits.IDBytesMax))
	for _, n := range [...]*uint64{&m.Term, &m.Index, &m.LogTerm, &m.Commit, &m.Match, &m.Round} {
		*n = r.Uvarint()
	}
	count := r.Uvarint()
	if count > uint64(r.Rest()) {
		return nil, fmt.Errorf("%d entries in %d bytes", count, r.Rest())
	}
	if count > 0 {
		m.Entries = make([]raft.Entry, 0, count)
	}
	for i := range count {
		e := raft.Entry{Index: m.Index + 1 + i, Term: r.Uvarint()}
		kind := r.Uvarint()
		if kind >= uint64(raft.Reconfigure) {
			return nil, fmt.Errorf("entry %d of the kind %d", e.Index, kind)
		}
		e.Kind = raft.EntryKind(kind)
		if d := r.Bytes(limits.CommandBytesMax); len(d) > 0 {
			e.Data = d
		}
		m.Entries = append(m.Entries, e)
	}
	return m, r.Close()
}
