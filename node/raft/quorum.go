package raft

// Majorities (§5.1, §5.2): any two majorities of the same voters have a server in common. All
// safety rests on this. Learners never count (thesis §4.2.1).

import (
	"slices"

	"senkei/node/limits"
)

// quorum returns how many of n servers are a majority.
func quorum(n int) int { return n/2 + 1 }

// agreed returns the highest value that a majority of the voters has reached, given the
// value of each; 0 where there is no voter. With matchIndex as the value it is how far a
// majority holds the log; with the confirmed round, which reads a majority has confirmed. The
// server that asks need not be a voter: a leader that removes itself does not count itself
// (thesis §4.2.2).
func (c Configuration) agreed(value func(ID) uint64) uint64 {
	var room [limits.ServersMax]uint64 // a leader asks after each reply
	values := room[:0]
	for _, s := range c.Servers {
		if !s.Learner {
			values = append(values, value(s.ID))
		}
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)-quorum(len(values))]
}

// tally is the state of one election or pre-election: who answered, and how. It is begun
// anew with each term and each round of pre-votes, so that no vote counts twice.
type tally map[ID]bool

// record notes the first answer of a server. A repeated message changes nothing, and neither
// does another answer: a vote that was given in a term stands.
func (t tally) record(from ID, granted bool) {
	if _, answered := t[from]; !answered {
		t[from] = granted
	}
}

// count returns how many voters of the configuration in force granted and how many refused.
// Others do not count, whatever they say; which server is a voter may change during the
// election, with the log.
func (t tally) count(c Configuration) (granted, refused int) {
	for _, s := range c.Servers {
		grants, answered := t[s.ID]
		switch {
		case s.Learner || !answered:
		case grants:
			granted++
		default:
			refused++
		}
	}
	return granted, refused
}
