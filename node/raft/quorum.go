package raft

import "slices"

// quorum returns how many of n servers are a majority.
func quorum(n int) int { return n/2 + 1 }

// agreed returns the highest value that a majority has reached, given the value of
// every server.
func agreed(values []uint64) uint64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)-quorum(len(sorted))]
}

// tally is the state of an election.
type tally struct {
	granted map[ID]bool // who answered, and how
}

func (t *tally) record(from ID, granted bool) {
	if _, answered := t.granted[from]; !answered {
		t.granted[from] = granted
	}
}

// count returns how many granted and how many refused.
func (t *tally) count() (granted, refused int) {
	for _, g := range t.granted {
		if g {
			granted++
		} else {
			refused++
		}
	}
	return granted, refused
}
