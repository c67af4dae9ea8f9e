package invariants

import (
	"cmp"
	"slices"

	"senkei/node/raft"
)

// I1, election safety: at most one server leads a term (paper §5.2 and Figure 3).
//
// A server leads a term if it says so in its status, sends what only a leader sends, or is the
// first whose log holds an entry of that term.
var electionSafety = rule{"I1", "election safety"}

// I3, leader completeness: if an entry is committed in a term, the leaders of all higher
// terms held it when they were elected (paper §5.4 and Figure 3).
//
// It is judged when a leader appears, and again when an entry turns out to be committed after
// a leader of a higher term appeared.
var leaderCompleteness = rule{"I3", "leader completeness"}

// leadership is a term that has a leader.
type leadership struct {
	term uint64
	id   raft.ID
	// The end of its log when it was elected.
	last, lastTerm uint64
}

// leads notes that a server leads a term, or led it, and with which log it was elected.
func (l *Ledger) leads(sv *server, term, last, lastTerm uint64) {
	sv.led = term
	i, known := slices.BinarySearchFunc(l.leaders, term, func(o leadership, term uint64) int { return cmp.Compare(o.term, term) })
	if known {
		if other := l.leaders[i].id; other != sv.id {
			l.fail(electionSafety, sv, "it leads term %d, and so does %s", term, other)
		}
		return
	}
	elected := leadership{term, sv.id, last, lastTerm}
	l.leaders = slices.Insert(l.leaders, i, elected)
	// What leaders of higher terms have committed by now, a late winner of this one need not hold.
	for i := len(l.reached) - 1; i >= 0; i-- {
		if l.reached[i].term < term {
			l.judgeCompleteness(sv, elected, l.reached[i].index, l.reached[i].term)
			return
		}
	}
}

// reach is up to where the leader of a term has committed.
type reach struct{ term, index uint64 }

// reaches notes up to where the leader of a term has committed.
func (l *Ledger) reaches(term, index uint64) {
	if n := len(l.reached); n > 0 && l.reached[n-1].term == term {
		l.reached[n-1].index = index
		return
	}
	l.reached = append(l.reached, reach{term, index})
}

// judgeCompleteness reports a leader that did not hold an entry which was committed in an
// earlier term.
func (l *Ledger) judgeCompleteness(sv *server, o leadership, index, term uint64) {
	held, long := l.seen.at(index, o.last, o.lastTerm)
	switch {
	case !long:
		l.fail(leaderCompleteness, sv, "%s was elected in term %d with a log that ended at entry %d, but entry %d of term %d is committed", o.id, o.term, o.last, index, term)
	case held != term:
		l.fail(leaderCompleteness, sv, "%s was elected in term %d with an entry %d of term %d, but the one of term %d is committed", o.id, o.term, index, held, term)
	}
}

// judgeEarlierElections reports a leader of a later term than that of an entry which is
// committed only now, and which it did not hold.
func (l *Ledger) judgeEarlierElections(sv *server, index, term uint64) {
	for i := len(l.leaders) - 1; i >= 0 && l.leaders[i].term > term; i-- {
		l.judgeCompleteness(sv, l.leaders[i], index, term)
	}
}
