package raft

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// logModel drives a raftLog beside the plainest log there is, which says what the right
// answers are.
type logModel struct {
	log *raftLog

	entries         []Entry // what the log must hold, and what it held before its base
	base            uint64
	commit, applied uint64
	used            map[uint64]bool // terms
	writes          [][]Entry       // handed out to be made durable, oldest first
	disk            []Entry         // what is durable; it follows the log with a delay
	lent            []lentEntries
}

// lentEntries are entries that the log handed out, and how they looked then.
type lentEntries struct{ now, then []Entry }

func TestLogAgreesWithAPlainList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &logModel{used: map[uint64]bool{}}
		m.restart(t)
		t.Repeat(map[string]func(*rapid.T){
			"":              m.check,
			"append":        m.appendNew,
			"merge":         m.merge,
			"take unstable": m.takeUnstable,
			"make durable":  m.flush,
			"commit":        m.commitTo,
			"apply":         m.takeCommitted,
			"restart":       m.restart,
			"compact":       m.compact,
			"install":       m.install,
			"slice":         m.slice,
			"conflict":      m.conflict,
			"up to date":    m.upToDate,
		})
	})
}

func (m *logModel) last() uint64 { return uint64(len(m.entries)) }

// term returns the term of an entry that there is, or 0 for index 0.
func (m *logModel) term(index uint64) uint64 {
	if index == 0 {
		return 0
	}
	return m.entries[index-1].Term
}

// entry is the same on all servers for the same index and term (§5.3, Log Matching).
func entry(index, term uint64) Entry {
	return Entry{Index: index, Term: term, Data: fmt.Appendf(nil, "%d/%d", index, term)}
}

// fresh returns a term that no entry had so far: an index and a term belong to one entry,
// and its log up to there, from then on.
func (m *logModel) fresh(t *rapid.T, atLeast uint64) uint64 {
	term := atLeast + rapid.Uint64Range(0, 3).Draw(t, "later")
	for m.used[term] {
		term++
	}
	m.used[term] = true
	return term
}

func (m *logModel) appendNew(t *rapid.T) {
	term := m.term(m.last())
	if term == 0 || rapid.Bool().Draw(t, "new term") {
		term = m.fresh(t, term+1)
	}
	e := entry(m.last()+1, term)
	m.entries = append(m.entries, e)
	m.log.appendNew(e)
}

// merge is what a leader sends after an entry that matches. Its log is this one up to some
// entry, not before the committed ones, and then another.
func (m *logModel) merge(t *rapid.T) {
	index := rapid.Uint64Range(m.base, m.last()).Draw(t, "after")
	same := rapid.Uint64Range(m.commit, m.last()).Draw(t, "same up to")
	term := m.term(index)
	var sent []Entry
	for range rapid.IntRange(0, 4).Draw(t, "entries") {
		index++
		switch {
		case index <= same:
			term = m.term(index)
		case len(sent) == 0 || index == same+1 || rapid.Bool().Draw(t, "new term"):
			term = m.fresh(t, max(term, 1))
		}
		sent = append(sent, entry(index, term))
	}
	for _, e := range sent {
		if e.Index <= m.last() && m.term(e.Index) != e.Term {
			m.entries = slices.Clone(m.entries[:e.Index-1])
		}
		if e.Index > m.last() {
			m.entries = append(m.entries, e)
		}
	}
	m.log.merge(sent)
}

func (m *logModel) takeUnstable(t *rapid.T) {
	taken := m.log.takeUnstable()
	if len(taken) == 0 {
		sameEntries(t, m.entries[m.base:], m.written()[m.base:], "not everything was handed out")
		return
	}
	m.lend(taken)
	m.writes = append(m.writes, taken)
	sameEntries(t, m.entries[m.base:], m.written()[m.base:], "what is written is not the log")
}

// written returns what the disk will hold after all writes.
func (m *logModel) written() []Entry {
	disk := m.disk
	for _, w := range m.writes {
		disk = write(disk, w)
	}
	return disk
}

func write(disk, entries []Entry) []Entry {
	return append(slices.Clone(disk[:entries[0].Index-1]), entries...)
}

func (m *logModel) flush(t *rapid.T) {
	if len(m.writes) == 0 {
		t.Skip("nothing is written")
	}
	w := m.writes[0]
	m.writes = m.writes[1:]
	m.disk = write(m.disk, w)
	end := w[len(w)-1]
	m.log.stableTo(end.Index, end.Term)
}

// settled reports whether the whole log was handed out and is durable.
func (m *logModel) settled() bool { return len(m.writes) == 0 && m.log.handed == m.log.lastIndex() }

func (m *logModel) commitTo(t *rapid.T) {
	index := rapid.Uint64Range(0, m.last()).Draw(t, "index")
	m.commit = max(m.commit, index)
	m.log.commitTo(index)
}

func (m *logModel) takeCommitted(t *rapid.T) {
	taken := m.log.takeCommitted()
	m.lend(taken)
	for _, e := range taken {
		m.applied++
		require.Equal(t, m.entries[m.applied-1], e)
	}
	require.LessOrEqual(t, m.applied, m.commit)
	if m.settled() {
		require.Equal(t, m.commit, m.applied, "committed and durable, and yet not applied")
	}
}

// restart loses what is not on the disk.
func (m *logModel) restart(*rapid.T) {
	m.entries = slices.Clone(m.disk)
	m.writes, m.commit = nil, m.applied
	m.log = newLog(Disk{Base: SnapshotMeta{Index: m.base, Term: m.term(m.base)}, Entries: m.disk[m.base:], Applied: m.applied})
}

func (m *logModel) compact(t *rapid.T) {
	index := rapid.Uint64Range(m.base, m.applied).Draw(t, "index")
	meta := m.log.compact(index)
	m.base = index
	require.Equal(t, SnapshotMeta{Index: index, Term: m.term(index)}, meta)
}

// install takes the place of the log up to some entry that is not committed here, one of
// this log or one of another.
func (m *logModel) install(t *rapid.T) {
	if len(m.writes) > 0 {
		t.Skip("writes are under way")
	}
	index := m.commit + rapid.Uint64Range(1, 5).Draw(t, "beyond")
	keep := index <= m.last() && rapid.Bool().Draw(t, "the same log")
	if !keep {
		m.entries = slices.Clone(m.entries[:m.commit])
		for i := m.commit + 1; i <= index; i++ {
			m.entries = append(m.entries, entry(i, m.fresh(t, max(1, m.term(m.last())))))
		}
	}
	onDisk := keep && m.log.handed >= index
	if !onDisk {
		m.disk = slices.Clone(m.entries[:index])
	}
	m.base, m.commit, m.applied = index, index, index
	require.Equal(t, onDisk, m.log.install(SnapshotMeta{Index: index, Term: m.term(index)}))
}

func (m *logModel) slice(t *rapid.T) {
	index := rapid.Uint64Range(m.base+1, m.last()+2).Draw(t, "from")
	sizeBytesMax := rapid.IntRange(0, 5*(entryOverheadBytes+3)).Draw(t, "size")
	var want []Entry
	size := 0
	for i := index; i <= m.last(); i++ {
		size += len(m.entries[i-1].Data) + entryOverheadBytes
		if len(want) > 0 && size > sizeBytesMax {
			break
		}
		want = append(want, m.entries[i-1])
	}
	got := m.log.slice(index, sizeBytesMax)
	m.lend(got)
	sameEntries(t, want, got, "slice")
}

func (m *logModel) conflict(t *rapid.T) {
	index := rapid.Uint64Range(0, m.last()+2).Draw(t, "index")
	term := rapid.Uint64Range(0, m.term(m.last())+1).Draw(t, "term")
	want := min(index, m.last())
	for m.term(want) > term {
		want--
	}
	if want < m.base {
		// It knows no terms there.
		gotIndex, _ := m.log.conflict(index, term)
		require.Equal(t, min(index, m.base-1), gotIndex)
		return
	}
	gotIndex, gotTerm := m.log.conflict(index, term)
	require.Equal(t, want, gotIndex)
	require.Equal(t, m.term(want), gotTerm)
}

func (m *logModel) upToDate(t *rapid.T) {
	index := rapid.Uint64Range(0, m.last()+1).Draw(t, "index")
	term := rapid.Uint64Range(0, m.term(m.last())+1).Draw(t, "term")
	var want bool
	switch lastTerm := m.term(m.last()); {
	case term != lastTerm:
		want = term > lastTerm
	default:
		want = index >= m.last()
	}
	require.Equal(t, want, m.log.upToDate(index, term))
}

func (m *logModel) lend(entries []Entry) {
	m.lent = append(m.lent, lentEntries{now: entries, then: slices.Clone(entries)})
}

// check holds after every step.
func (m *logModel) check(t *rapid.T) {
	l := m.log
	require.Equal(t, len(m.entries), int(l.lastIndex()))
	size, uncommitted := 0, 0
	for _, e := range m.entries[m.base:] {
		size += e.sizeBytes()
		if e.Index > m.commit {
			uncommitted += e.sizeBytes()
		}
	}
	require.Equal(t, size, l.sizeBytes)
	require.Equal(t, uncommitted, l.uncommittedBytes)
	require.Equal(t, m.base, l.base)
	for i := m.base; i <= m.last(); i++ {
		require.True(t, l.matches(i, m.term(i)), "entry %d", i)
		require.False(t, l.matches(i, m.term(i)+1), "entry %d", i)
	}
	require.False(t, l.matches(m.last()+1, m.term(m.last())))
	require.Equal(t, m.term(m.last()), l.lastTerm())

	require.Equal(t, m.commit, l.commit)
	require.Equal(t, m.applied, l.applied)
	require.LessOrEqual(t, l.applied, l.stable)
	require.LessOrEqual(t, l.stable, l.handed)
	require.LessOrEqual(t, l.handed, l.lastIndex())
	require.LessOrEqual(t, int(l.stable), len(m.disk))
	sameEntries(t, m.entries[m.base:l.stable], m.disk[m.base:l.stable], "called durable and is not")
	if m.settled() {
		require.Equal(t, l.lastIndex(), l.stable, "durable, and not called so")
	}
	for _, lent := range m.lent {
		sameEntries(t, lent.then, lent.now, "entries changed after they were handed out")
	}
}

// sameEntries takes no list for an empty one.
func sameEntries(t require.TestingT, want, got []Entry, message string) {
	if len(want)+len(got) > 0 {
		require.Equal(t, want, got, message)
	}
}
