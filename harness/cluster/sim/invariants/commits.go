package invariants

import (
	"senkei/node/raft"
	"senkei/node/replica"
)

// I9, commitment by majority: an entry is committed first by the leader in whose term it was
// appended, and only while a majority of the voters of a configuration that is in force in
// that leader's log hold it durably (paper §5.3, §5.4.2 and Figure 8; thesis §4.1 and §4.2.1
// on learners). Disks of crashed servers count. So does a server whose disk is lost, if it
// acknowledged the entry before: it never returns, and so cannot elect a leader without it.
//
// One step may commit and reconfigure, so any configuration that was in force during it and
// is not replaced at or before the entry will do. Of a leader that also steps down in the
// step the configuration is not known, and its majority not judged.
var majorityCommit = rule{"I9", "commitment by majority"}

// commits judges a commit index that nobody has reached before.
func (l *Ledger) commits(sv *server, s *replica.Status) {
	index := s.Commit
	term, _ := sv.log.term(index)
	led := sv.role == raft.Leader
	switch {
	case s.Role == raft.Leader && term != s.Term:
		l.fail(majorityCommit, sv, "it leads term %d and commits entry %d of term %d by itself", s.Term, index, term)
	case s.Role == raft.Leader:
		l.judgeMajority(sv, index, term)
	case !led:
		l.fail(majorityCommit, sv, "it takes entry %d for committed, but no leader has committed more than %d", index, l.chain.last())
	}
	l.reaches(term, index)
	l.judgeEarlierElections(sv, index, term)
}

// judgeMajority asks the disks of the voters for an entry.
func (l *Ledger) judgeMajority(sv *server, index, term uint64) {
	var held, voters int
	points := sv.log.configs
	for i := range points {
		if replaced := i+1 < len(points) && points[i+1].index <= max(index, sv.configured); replaced {
			continue
		}
		if held, voters = l.holders(points[i].configuration, index, term); held > voters/2 {
			return
		}
	}
	l.fail(majorityCommit, sv, "it commits entry %d in term %d while the disks of %d of %d voters hold it", index, term, held, voters)
}

// holders counts the voters, and those of them whose disks hold an entry.
func (l *Ledger) holders(c raft.Configuration, index, term uint64) (held, voters int) {
	for _, s := range c.Servers {
		if s.Learner {
			continue
		}
		voters++
		if sv := l.find(s.ID); sv != nil && sv.holds(index, term) {
			held++
		}
	}
	return held, voters
}

func (sv *server) holds(index, term uint64) bool {
	if sv.disk == nil {
		return sv.said.ackedIn > term || sv.said.ackedIn == term && sv.said.acked >= index
	}
	t, ok := sv.disk.DurableTerm(index)
	return ok && t == term
}
