package raft

import (
	"slices"

	"senkei/node/limits"
)

// quorum returns how many of n servers are a majority.
func quorum(n int) int { return n/2 + 1 }

// agreed returns the highest value that a majority of the voters has reached, given the
// value of each; 0 where there is no voter.
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

// tally is the state of an election: who answered, and how.
type tally map[ID]bool

func (t tally) record(from ID, granted bool) {
	if _, answered := t[from]; !answered {
		t[from] = granted
	}
}

// count returns how many voters granted and how many refused. Others do not count, whatever
// they say.
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
