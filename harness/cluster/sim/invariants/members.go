package invariants

import (
	"slices"

	"senkei/node/raft"
	"senkei/node/replica"
)

// I10, one change at a time: consecutive configurations differ in at most one voter, so that
// their majorities overlap; a leader appends one only once the one before and an entry of its
// own term are committed; and a server goes by the latest in its log, committed or not (thesis
// §4.1; Ongaro, "bug in single-server membership changes", raft-dev, 2015).
var oneChange = rule{"I10", "one configuration change at a time"}

// change is a configuration that a leader has appended.
type change struct {
	index, term uint64
	before      uint64 // where the configuration before it stands
}

// follows compares a configuration that is appended with the one before it.
func (l *Ledger) follows(sv *server, index uint64, c *raft.Configuration) {
	before := sv.log.latest()
	if n := votersApart(before.configuration, *c); n > 1 {
		l.fail(oneChange, sv, "the configuration at entry %d (%v) and the one before it at %d (%v) differ in %d voters",
			index, *c, before.index, before.configuration, n)
	}
}

// votersApart counts the servers that vote in one configuration only.
func votersApart(a, b raft.Configuration) int {
	n := 0
	for _, s := range slices.Concat(a.Servers, b.Servers) {
		if !s.Learner && a.Voter(s.ID) != b.Voter(s.ID) {
			n++
		}
	}
	return n
}

// judgeChanges judges when the leader appended the configurations of this step. Its commit
// index may have risen before in the same step.
func (l *Ledger) judgeChanges(sv *server) {
	for _, c := range sv.changes {
		if l.broken != nil {
			return
		}
		switch term := l.chain.entries[sv.commit].term; {
		case c.before > sv.commit:
			l.fail(oneChange, sv, "it appends a configuration at entry %d while the one at %d is not committed", c.index, c.before)
		case term < c.term:
			l.fail(oneChange, sv, "it appends a configuration at entry %d in term %d, but the latest entry that is committed, %d, is of term %d",
				c.index, c.term, sv.commit, term)
		}
	}
}

// judgeConfiguration compares the configuration that a server goes by with its log.
func (l *Ledger) judgeConfiguration(sv *server, s *replica.Status) {
	if want := sv.log.latest().index; s.ConfigurationIndex != want {
		l.fail(oneChange, sv, "it goes by the configuration at entry %d, but the latest in its log is at %d", s.ConfigurationIndex, want)
	}
}

// sameServers reports whether two configurations are equal.
func sameServers(a, b raft.Configuration) bool { return slices.Equal(a.Servers, b.Servers) }
