package raft

import (
	"fmt"
	"slices"
	"sort"
)

// raftLog is the log of one server. Index 0 with term 0 stands before the first entry.
type raftLog struct {
	entries []Entry // entries[i].Index == i+1

	// Invariant: applied <= commit <= lastIndex, applied <= stable <= handed <= lastIndex.
	commit  uint64 // commitIndex: known to be committed
	applied uint64 // lastApplied: given to the state machine
	stable  uint64 // durable on this server
	handed  uint64 // given to the caller to be made durable
}

func newLog(entries []Entry, applied uint64) *raftLog {
	for i, e := range entries {
		assert(e.Index == uint64(i+1), "log entry %d stands at position %d", e.Index, i+1)
	}
	last := uint64(len(entries))
	assert(applied <= last, "the state reaches index %d but the log only %d", applied, last)
	return &raftLog{entries: slices.Clone(entries), commit: applied, applied: applied, stable: last, handed: last}
}

func (l *raftLog) lastIndex() uint64 { return uint64(len(l.entries)) }

func (l *raftLog) lastTerm() uint64 {
	term, _ := l.term(l.lastIndex())
	return term
}

// term returns the term of the entry at index, and whether there is one.
func (l *raftLog) term(index uint64) (uint64, bool) {
	if index == 0 {
		return 0, true
	}
	if index > l.lastIndex() {
		return 0, false
	}
	return l.entries[index-1].Term, true
}

func (l *raftLog) matches(index, term uint64) bool {
	t, ok := l.term(index)
	return ok && t == term
}

// upToDate reports whether a log that ends with (index, term) is at least as
// up-to-date as this one (§5.4.1): the later last term wins, then the longer log.
func (l *raftLog) upToDate(index, term uint64) bool {
	return term > l.lastTerm() || term == l.lastTerm() && index >= l.lastIndex()
}

// appendNew adds entries that this server created.
func (l *raftLog) appendNew(entries ...Entry) {
	for _, e := range entries {
		assert(e.Index == l.lastIndex()+1, "appended entry %d to a log that ends at %d", e.Index, l.lastIndex())
		l.entries = append(l.entries, e)
	}
}

// merge adds entries that a leader sent, the first of which follows an entry that is
// known to match. Only a real conflict removes anything (Figure 2, AppendEntries 3): a
// delayed message must not cut off what came after it.
func (l *raftLog) merge(entries []Entry) {
	for i, e := range entries {
		if l.matches(e.Index, e.Term) {
			continue
		}
		if e.Index <= l.lastIndex() {
			l.truncate(e.Index)
		}
		l.appendNew(entries[i:]...)
		return
	}
}

// truncate removes the entries from index on.
func (l *raftLog) truncate(index uint64) {
	assert(index > l.commit, "truncated entry %d although %d is committed", index, l.commit)
	// Messages and effects may still hold the old tail, so it is not overwritten.
	l.entries = slices.Clip(l.entries[:index-1])
	l.stable = min(l.stable, index-1)
	l.handed = min(l.handed, index-1)
}

// conflict returns the last entry at or before index whose term is at most term: the
// latest place where two logs can still agree, given that one of them holds term at
// index (§5.3, last paragraphs). A leader that follows such hints skips a whole term a
// round.
func (l *raftLog) conflict(index, term uint64) (uint64, uint64) {
	index = min(index, l.lastIndex())
	n := sort.Search(int(index), func(i int) bool { return l.entries[i].Term > term })
	found, _ := l.term(uint64(n))
	return uint64(n), found
}

// slice returns entries from index on, at least one where there is one, of about
// sizeBytesMax in all. The caller must not change them.
func (l *raftLog) slice(index uint64, sizeBytesMax int) []Entry {
	if index > l.lastIndex() {
		return nil
	}
	entries := l.entries[index-1:]
	size := 0
	for i, e := range entries {
		size += len(e.Data) + entryOverheadBytes
		if size > sizeBytesMax && i > 0 {
			return entries[:i:i]
		}
	}
	return slices.Clip(entries)
}

// entryOverheadBytes is about what an entry costs beside its data when encoded.
const entryOverheadBytes = 24

// takeUnstable returns the entries that nobody was asked to make durable yet.
func (l *raftLog) takeUnstable() []Entry {
	entries := slices.Clip(l.entries[l.handed:])
	l.handed = l.lastIndex()
	return entries
}

// stableTo notes that the log is durable up to the entry (index, term), unless that
// entry was truncated since.
func (l *raftLog) stableTo(index, term uint64) {
	if l.matches(index, term) {
		l.stable = max(l.stable, index)
	}
}

func (l *raftLog) commitTo(index uint64) {
	assert(index <= l.lastIndex(), "commit index %d beyond the last index %d", index, l.lastIndex())
	l.commit = max(l.commit, index)
}

// takeCommitted returns the committed entries not yet applied. It waits for those that
// this server itself does not hold durably, so that the state never outruns the log on
// its disk.
func (l *raftLog) takeCommitted() []Entry {
	upTo := min(l.commit, l.stable)
	if upTo <= l.applied {
		return nil
	}
	entries := l.entries[l.applied:upTo:upTo]
	l.applied = upTo
	return entries
}

// assert stops a server whose own logic is broken: going on could lose data.
func assert(ok bool, format string, args ...any) {
	if !ok {
		panic("raft: " + fmt.Sprintf(format, args...))
	}
}
