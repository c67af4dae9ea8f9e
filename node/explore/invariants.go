package explore

import (
	"bytes"
	"fmt"
	"math/bits"

	"senkei/node/raft"
)

// view is a world as the invariants see it.
type view struct {
	servers []*server
	past    *past
}

// invariants are what must hold in every world (Figure 3 of the paper). Each returns what is
// wrong, and nothing if it holds.
var invariants = []struct {
	name  string
	check func(view) string
}{
	{"I1, election safety (§5.2)", electionSafety},
	{"I2, log matching (§5.3)", logMatching},
	{"I3, leader completeness (§5.4)", leaderCompleteness},
	{"I4, state machine safety (§5.4.3)", stateMachineSafety},
}

// check returns the name of an invariant that a world breaks, and how; nothing if it breaks
// none.
func (x *explorer) check(w *world) (name, text string) {
	x.view.past = &x.pasts.items[w.past]
	for i := range x.names {
		x.view.servers[i] = x.servers.items[w.server[i]]
	}
	for _, invariant := range invariants {
		if text := invariant.check(x.view); text != "" {
			return invariant.name, text
		}
	}
	return "", ""
}

// electionSafety: at most one server ever leads a term.
func electionSafety(v view) string {
	for term, leaders := range v.past.leaders {
		if leaders&(leaders-1) != 0 {
			first, second := bits.TrailingZeros8(leaders), bits.TrailingZeros8(leaders&(leaders-1))
			return fmt.Sprintf("%s and %s both led term %d", allNames[first], allNames[second], term)
		}
	}
	return ""
}

// logMatching: terms do not fall along a log, and where two logs have an entry of the same
// index and term, they are the same up to there.
func logMatching(v view) string {
	for i, s := range v.servers {
		for k := 1; k < len(s.log); k++ {
			if s.log[k].Term < s.log[k-1].Term {
				return fmt.Sprintf("the terms in the log of %s fall at index %d", s.id, k+1)
			}
		}
		for _, other := range v.servers[i+1:] {
			k := min(len(s.log), len(other.log)) - 1
			for k >= 0 && s.log[k].Term != other.log[k].Term {
				k--
			}
			for j := range k + 1 {
				if !same(s.log[j], other.log[j]) {
					return fmt.Sprintf("%s and %s both have the entry %d/%d, but differ at index %d",
						s.id, other.id, k+1, s.log[k].Term, j+1)
				}
			}
		}
	}
	return ""
}

// leaderCompleteness: who leads a term has every entry that was committed in it or before it.
func leaderCompleteness(v view) string {
	for _, s := range v.servers {
		if s.raft.Role() != raft.Leader {
			continue
		}
		for i, c := range v.past.chain {
			if c.in <= s.raft.Term() && (i >= len(s.log) || !same(s.log[i], c.Entry)) {
				return fmt.Sprintf("%s leads term %d without the entry %d/%d, which was committed in term %d",
					s.id, s.raft.Term(), c.Index, c.Term, c.in)
			}
		}
	}
	return ""
}

// stateMachineSafety: at every index only one entry is ever committed, or applied, anywhere.
func stateMachineSafety(v view) string {
	for _, s := range v.servers {
		for i, e := range s.log[:s.raft.Commit()] {
			if c := v.past.chain[i]; !same(e, c.Entry) {
				return fmt.Sprintf("%s takes the entry %d/%d for committed, but %d/%d was", s.id, e.Index, e.Term, c.Index, c.Term)
			}
		}
		for i, e := range s.applied {
			if i >= len(v.past.chain) || !same(e, v.past.chain[i].Entry) {
				return fmt.Sprintf("%s has applied the entry %d/%d, which was not what was committed", s.id, e.Index, e.Term)
			}
		}
	}
	return ""
}

func same(a, b raft.Entry) bool {
	return a.Index == b.Index && a.Term == b.Term && a.Kind == b.Kind && bytes.Equal(a.Data, b.Data)
}
