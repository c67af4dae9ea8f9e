package invariants

import "senkei/node/raft"

// mirror is the log of one server as its effects describe it. Raft hands out every new entry
// in the step that appends it, so after each step the mirror is that log.
type mirror struct {
	base, baseTerm uint64
	entries        []entry // from base+1 on
	configs        []point // by index, the first one is the base's; the last one is in force
}

// entry is all that is compared of an entry: two logs that hold the same term and hash at an
// index hold the same there.
type entry struct{ term, hash uint64 }

// point is where a configuration stands in a log.
type point struct {
	index         uint64
	configuration raft.Configuration
}

func newMirror(base raft.SnapshotMeta) mirror {
	m := mirror{base: base.Index, baseTerm: base.Term}
	m.configs = append(m.configs, point{base.ConfigurationIndex, base.Configuration})
	return m
}

func (m *mirror) last() uint64 { return m.base + uint64(len(m.entries)) }

// term returns the term of the entry at index, which is at or after the base, or false.
func (m *mirror) term(index uint64) (uint64, bool) {
	switch {
	case index == m.base:
		return m.baseTerm, true
	case index < m.base || index > m.last():
		return 0, false
	}
	return m.entries[index-m.base-1].term, true
}

func (m *mirror) lastTerm() uint64 {
	term, _ := m.term(m.last())
	return term
}

func (m *mirror) latest() *point { return &m.configs[len(m.configs)-1] }

// push appends an entry.
func (m *mirror) push(e entry, c *raft.Configuration) {
	m.entries = append(m.entries, e)
	if c != nil {
		m.configs = append(m.configs, point{m.last(), *c})
	}
}

// truncate removes the entries from index on, which lies after the base, and returns them;
// they are valid until the next push.
func (m *mirror) truncate(index uint64) []entry {
	if index > m.last() {
		return nil
	}
	keep := index - m.base - 1
	tail := m.entries[keep:]
	m.entries = m.entries[:keep]
	for len(m.configs) > 1 && m.latest().index >= index {
		m.configs = m.configs[:len(m.configs)-1]
	}
	return tail
}

// compact makes meta, which names an entry of the log, its base.
func (m *mirror) compact(meta *raft.SnapshotMeta) {
	m.entries = m.entries[meta.Index-m.base:]
	m.base, m.baseTerm = meta.Index, meta.Term
	for len(m.configs) > 1 && m.configs[1].index <= meta.Index {
		m.configs = m.configs[1:]
	}
}

// install begins the log anew after a snapshot and keeps the entries after it if keep says
// so. It returns how many are gone that stood after it.
func (m *mirror) install(meta raft.SnapshotMeta, keep bool) (gone int) {
	var tail []entry
	var configs []point
	if meta.Index < m.last() {
		tail = m.entries[meta.Index-m.base:]
		for _, c := range m.configs {
			if c.index > meta.Index {
				configs = append(configs, c)
			}
		}
	}
	*m = newMirror(meta)
	if !keep {
		return len(tail)
	}
	m.entries, m.configs = tail, append(m.configs, configs...)
	return 0
}
