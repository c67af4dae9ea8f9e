package raft

// The log of one server (§5.3, Figure 2 "log[]", "commitIndex", "lastApplied"). Two things
// that etcd keeps apart are one here: entries lie in memory from the base on, durable or not,
// and two indices, stable and handed, say what the disk has. Nothing here knows of roles.
//
//	base        applied           commit
//	  |            |                 |
//	  +------------+--------+--------+------+---------+
//	                        |               |         |
//	                      stable          handed  lastIndex
//
// commit may lie on either side of stable and handed: a majority can hold what this server
// does not.

import (
	"fmt"
	"slices"
	"sort"

	"senkei/node/marks"
)

// raftLog is the log of one server. It begins after a base, the last entry that a snapshot
// took the place of; index 0 with term 0 stands before the first entry of all.
type raftLog struct {
	// base is the index of that entry, baseTerm its term, both 0 where there was no snapshot.
	// It is committed and applied, and only its term is known. It grows with compaction and
	// when a snapshot is installed.
	base     uint64
	baseTerm uint64
	// entries are those after the base. Messages and effects share its elements, so a tail
	// that was cut off is never overwritten in place. Invariant: entries[i].Index ==
	// base+1+i, and terms do not fall.
	entries []Entry
	configs configurations // those among the entries, and the base's

	// Invariant: base <= applied <= commit <= lastIndex, applied <= stable <= handed <= lastIndex.

	// commit is commitIndex: known to be committed. It never falls in a life, and begins with
	// what is applied: a restart learns the rest anew.
	commit uint64
	// applied is lastApplied: given to the state machine. Only what is committed and durable
	// here is, so that the state on the disk never gets ahead of the log on it.
	applied uint64
	// stable is how far the log is durable on this server. A leader counts itself with it for
	// commitment. Truncation takes it back.
	stable uint64
	// handed is how far the log was given to the caller to be made durable. Truncation takes
	// it back, too; what replaces the tail is handed anew.
	handed uint64

	sizeBytes        int // of all entries, as Entry.sizeBytes measures them
	uncommittedBytes int // of those after commit: what Propose bounds

	marks *marks.Counts
}

// newLog returns the log that a restart finds, all of which is durable.
func newLog(d Disk) *raftLog {
	l := &raftLog{base: d.Base.Index, baseTerm: d.Base.Term, commit: d.Applied, applied: d.Applied}
	l.configs.restart(d.Base)
	l.appendNew(d.Entries...)
	last := l.lastIndex()
	assert(d.Base.Index <= d.Applied && d.Applied <= last,
		"the state reaches index %d, but the log lies between %d and %d", d.Applied, d.Base.Index, last)
	l.stable, l.handed = last, last
	return l
}

func (l *raftLog) lastIndex() uint64 { return l.base + uint64(len(l.entries)) }

func (l *raftLog) lastTerm() uint64 {
	term, _ := l.term(l.lastIndex())
	return term
}

// term returns the term of the entry at index, and whether it is known: not before the base,
// and not after the end.
func (l *raftLog) term(index uint64) (uint64, bool) {
	switch {
	case index == l.base:
		return l.baseTerm, true
	case index < l.base || index > l.lastIndex():
		return 0, false
	}
	return l.entries[index-l.base-1].Term, true
}

// matches reports whether this log holds the entry (index, term). If so, by the Log Matching
// Property both logs are the same up to there (§5.3).
func (l *raftLog) matches(index, term uint64) bool {
	t, ok := l.term(index)
	return ok && t == term
}

// upToDate reports whether a log that ends with (index, term) is at least as
// up-to-date as this one (§5.4.1): the later last term wins, then the longer log.
func (l *raftLog) upToDate(index, term uint64) bool {
	return term > l.lastTerm() || term == l.lastTerm() && index >= l.lastIndex()
}

// appendNew adds entries at the end. A configuration among them is in force at once.
func (l *raftLog) appendNew(entries ...Entry) {
	for _, e := range entries {
		assert(e.Index == l.lastIndex()+1, "appended entry %d to a log that ends at %d", e.Index, l.lastIndex())
		l.entries = append(l.entries, e)
		l.sizeBytes += e.sizeBytes()
		if e.Index > l.commit {
			l.uncommittedBytes += e.sizeBytes()
		}
		if e.Kind == Reconfigure {
			l.configs.add(e.Index, *e.Configuration)
		}
	}
}

// merge adds entries that a leader sent, the first of which follows an entry that is
// known to match. Only a real conflict removes anything (Figure 2, AppendEntries 3): a
// delayed message must not cut off what came after it.
func (l *raftLog) merge(entries []Entry) {
	for i, e := range entries {
		if e.Index <= l.base || l.matches(e.Index, e.Term) {
			continue
		}
		if e.Index <= l.lastIndex() {
			l.truncate(e.Index)
		}
		l.appendNew(entries[i:]...)
		return
	}
	l.marks.HitIf(len(entries) > 0, marks.AppendRepeated)
}

// truncate removes the entries from index on, and the configurations among them.
func (l *raftLog) truncate(index uint64) {
	assert(index > l.commit, "truncated entry %d although %d is committed", index, l.commit)
	l.marks.Hit(marks.LogTruncated)
	for _, e := range l.entries[index-l.base-1:] {
		l.sizeBytes -= e.sizeBytes()
		l.uncommittedBytes -= e.sizeBytes()
	}
	// Messages and effects may still hold the old tail, so it is not overwritten.
	l.entries = slices.Clip(l.entries[:index-l.base-1])
	l.stable = min(l.stable, index-1)
	l.handed = min(l.handed, index-1)
	l.marks.HitIf(l.configs.truncate(index), marks.ConfigurationTruncated)
}

// meta names the snapshot of the state after the entry at index, which the log holds.
func (l *raftLog) meta(index uint64) SnapshotMeta {
	term, ok := l.term(index)
	assert(ok, "entry %d is not between %d and %d", index, l.base, l.lastIndex())
	c := l.configs.at(index)
	return SnapshotMeta{Index: index, Term: term, Configuration: c.configuration, ConfigurationIndex: c.index}
}

// compact drops the entries up to index, which the state machine has applied.
func (l *raftLog) compact(index uint64) SnapshotMeta {
	assert(index <= l.applied, "compacted up to %d, but only %d is applied", index, l.applied)
	meta := l.meta(index)
	for _, e := range l.entries[:index-l.base] {
		l.sizeBytes -= e.sizeBytes()
	}
	l.entries = slices.Clone(l.entries[index-l.base:]) // lets go of the rest
	l.base, l.baseTerm = meta.Index, meta.Term
	l.configs.compact(index)
	return meta
}

// install begins the log anew after a snapshot, which reaches beyond what is committed here.
// The entries after it stay if the log has the entry that it ends with (Figure 13, rules 6
// and 7). install reports whether the caller must keep them, too: what it was never handed it
// cannot keep, and gets anew.
func (l *raftLog) install(meta SnapshotMeta) (keep bool) {
	assert(meta.Index > l.commit, "installed a snapshot of %d although %d is committed", meta.Index, l.commit)
	matches := l.matches(meta.Index, meta.Term)
	keep = matches && l.handed >= meta.Index
	var tail []Entry
	if matches {
		tail = slices.Clone(l.entries[meta.Index-l.base:])
	} else {
		l.stable, l.handed = meta.Index, meta.Index
	}
	stable, handed := max(l.stable, meta.Index), max(l.handed, meta.Index)
	*l = raftLog{
		base: meta.Index, baseTerm: meta.Term, commit: meta.Index, applied: meta.Index,
		stable: stable, handed: handed, marks: l.marks,
	}
	l.configs.restart(meta)
	l.appendNew(tail...)
	return keep
}

// conflict returns the last entry at or before index whose term is at most term: the
// latest place where two logs can still agree, given that one of them holds term at
// index (§5.3, last paragraphs). A leader that follows such hints skips a whole term a
// round. Of what lies before the base only the index is known: the logs may agree there, and
// need not.
func (l *raftLog) conflict(index, term uint64) (uint64, uint64) {
	index = min(index, l.lastIndex())
	if index > l.base {
		n := sort.Search(int(index-l.base), func(i int) bool { return l.entries[i].Term > term })
		index = l.base + uint64(n)
	}
	if index < l.base || index == l.base && l.baseTerm > term {
		return min(index, l.base-1), 0
	}
	found, _ := l.term(index)
	return index, found
}

// slice returns entries from index on, at least one where there is one, of about
// bytesMax in all. The caller must not change them.
func (l *raftLog) slice(index uint64, bytesMax int) []Entry {
	if index > l.lastIndex() {
		return nil
	}
	entries := l.entries[index-l.base-1:]
	size := 0
	for i, e := range entries {
		size += e.sizeBytes()
		if size > bytesMax && i > 0 {
			return entries[:i:i]
		}
	}
	return slices.Clip(entries)
}

// takeUnstable returns the entries that nobody was asked to make durable yet.
func (l *raftLog) takeUnstable() []Entry {
	entries := slices.Clip(l.entries[l.handed-l.base:])
	l.handed = l.lastIndex()
	return entries
}

// stableTo notes that the log is durable up to the entry (index, term), unless that
// entry was truncated since: what was written then is not what the log holds now.
func (l *raftLog) stableTo(index, term uint64) {
	if l.matches(index, term) {
		l.stable = max(l.stable, index)
	}
	l.marks.HitIf(index > l.stable, marks.WriteOutlived)
}

// commitTo raises the commit index; a lower one changes nothing.
func (l *raftLog) commitTo(index uint64) {
	assert(index <= l.lastIndex(), "commit index %d beyond the last index %d", index, l.lastIndex())
	for ; l.commit < index; l.commit++ {
		l.uncommittedBytes -= l.entries[l.commit-l.base].sizeBytes()
	}
}

// takeCommitted returns the committed entries not yet applied. It waits for those that
// this server itself does not hold durably, so that the state never outruns the log on
// its disk.
func (l *raftLog) takeCommitted() []Entry {
	upTo := min(l.commit, l.stable)
	l.marks.HitIf(upTo < l.commit, marks.ApplyWaitedForDisk)
	if upTo <= l.applied {
		return nil
	}
	entries := l.entries[l.applied-l.base : upTo-l.base : upTo-l.base]
	l.applied = upTo
	return entries
}

// assert stops a server whose own logic is broken: going on could lose data.
func assert(ok bool, format string, args ...any) {
	if !ok {
		panic("raft: " + fmt.Sprintf(format, args...))
	}
}
