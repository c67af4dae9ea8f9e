package invariants

import (
	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/replica"
)

// I7, monotone progress: in one life the commit index and the applied index never fall, the
// latter never passes the former, and entries are applied one by one in their order (paper
// Figure 2, "commitIndex", "lastApplied" and "All Servers").
//
// A new life may begin with an older state, which need not be durable, but with none that was
// never reached.
var monotoneProgress = rule{"I7", "monotone progress"}

// I15, no unbounded growth: the log keeps no more than a bounded number of applied entries,
// compaction being the remedy (paper §7), and no more requests are open than limits.OpenMax.
var boundedGrowth = rule{"I15", "no unbounded growth"}

// sparedMargins is how many margins of applied entries may stay while a snapshot is being sent,
// as in package raft.
const sparedMargins = 16

// judgeCommit judges the commit index that a server has reached.
func (l *Ledger) judgeCommit(sv *server, s *replica.Status) {
	switch {
	case l.broken != nil:
	case s.Commit < sv.commit:
		l.fail(monotoneProgress, sv, "its commit index falls from %d to %d", sv.commit, s.Commit)
	case s.Commit > sv.log.last():
		l.fail(monotoneProgress, sv, "its commit index is %d, but its log ends at entry %d", s.Commit, sv.log.last())
	case s.Commit > sv.commit:
		if s.Commit > l.chain.last() {
			l.commits(sv, s)
		}
		if l.broken == nil {
			l.agree(sv, s.Commit)
		}
	}
	l.judgeChanges(sv)
}

// applied judges the application of one entry.
func (l *Ledger) applied(sv *server, c *kv.Change) {
	switch {
	case c.Applied != sv.applied+1:
		l.fail(monotoneProgress, sv, "it applies entry %d after entry %d", c.Applied, sv.applied)
	case c.Applied > sv.commit:
		l.fail(monotoneProgress, sv, "it applies entry %d, but its commit index is %d", c.Applied, sv.commit)
	default:
		sv.applied = c.Applied
		l.takesEffect(sv, c)
	}
}

// judgeApplied compares the applied index with the effects that led to it.
func (l *Ledger) judgeApplied(sv *server, s *replica.Status) {
	if s.Applied != sv.applied {
		l.fail(monotoneProgress, sv, "its applied index is %d, but what it had its disk write reaches %d", s.Applied, sv.applied)
	}
	sv.reached = max(sv.reached, sv.applied)
}

// findsItsState begins the progress of a new life.
func (l *Ledger) findsItsState(sv *server, found *replica.Disk) {
	applied := found.State.Applied
	switch {
	case applied < sv.log.base || applied > sv.log.last():
		l.fail(monotoneProgress, sv, "its disk holds a state at entry %d and a log from %d to %d", applied, sv.log.base, sv.log.last())
	case applied > l.chain.last() || sv.lives > 1 && applied > sv.reached:
		l.fail(monotoneProgress, sv, "its disk holds a state at entry %d, but it never applied more than %d", applied, sv.reached)
	default:
		sv.commit, sv.applied = sv.log.base, applied
		l.agree(sv, applied)
		sv.reached = max(sv.reached, applied)
	}
}

// judgeGrowth compares what a server keeps with its bounds.
func (l *Ledger) judgeGrowth(sv *server, s *replica.Status) {
	if kept := s.Applied + 1 - s.FirstIndex; s.Applied >= s.FirstIndex && kept > sparedMargins*l.margin {
		l.fail(boundedGrowth, sv, "its log keeps %d applied entries, more than %d margins of %d", kept, sparedMargins, l.margin)
	}
	if s.Open > limits.OpenMax {
		l.fail(boundedGrowth, sv, "%d requests are open, more than %d", s.Open, limits.OpenMax)
	}
}
