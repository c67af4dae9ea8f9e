package raft

// Membership changes one server at a time (thesis §4), with the correction of 2015: a leader
// begins no change before it has committed an entry of its own term (Ongaro, "bug in
// single-server membership changes", raft-dev).
//
// Joint consensus (§6) is not here: with one voter more or less the majorities before and
// after overlap anyway, so a configuration is in force from the moment that it is in a log, and
// a change is only an entry. A newcomer learns first, so that it cannot hold up commits while
// it has no log (thesis §4.2.1); the leader promotes it.

import (
	"maps"
	"slices"

	"senkei/node/limits"
	"senkei/node/marks"
)

// configuration returns the configuration in force.
func (r *Raft) configuration() Configuration { return r.log.configs.latest().configuration }

// Reconfigure appends a changed configuration to the leader's log, where it is in force at
// once, and returns its index and term. It is committed as a command is. An error,
// ErrNotLeader, ErrTransferring, ErrChangePending, ErrLastVoter or ErrTooManyServers, means
// that nothing was done.
func (r *Raft) Reconfigure(change Change) (index, term uint64, err error) {
	c := r.configuration()
	next := c.apply(change)
	switch {
	case r.role != Leader:
		return 0, 0, ErrNotLeader
	case r.lead.transfer != nil:
		return 0, 0, ErrTransferring
	case !r.knowsCommit(): // the correction of 2015
		r.marks.Hit(marks.ChangeBeforeOwnEntry)
		return 0, 0, ErrChangePending
	case r.log.configs.latest().index > r.log.commit: // one at a time, or majorities need not overlap
		r.marks.Hit(marks.ChangePending)
		return 0, 0, ErrChangePending
	case next.Voters() == 0:
		r.marks.Hit(marks.LastVoterKept)
		return 0, 0, ErrLastVoter
	case len(next.Servers) > limits.ServersMax:
		return 0, 0, ErrTooManyServers
	}
	index, term = r.append(Entry{Kind: Reconfigure, Configuration: &next})
	r.note("changes the configuration", "index", index, "servers", next)
	r.followConfiguration()
	return index, term, nil
}

// followConfiguration brings what the leader knows of the others in line with the
// configuration in force. Servers that were removed get the log until they can know it.
func (r *Raft) followConfiguration() {
	latest := r.log.configs.latest()
	for _, s := range latest.configuration.Servers {
		if p := r.lead.peers[s.ID]; p != nil {
			p.leaving = 0 // it was removed and comes back, or never went
		} else if s.ID != r.cfg.ID {
			r.lead.peers[s.ID] = &progress{
				next: r.log.lastIndex() + 1, heardAt: r.now,
				catchUpTo: r.log.lastIndex(), catchUpSince: r.now,
			}
		}
	}
	for id, p := range r.lead.peers {
		if _, member := latest.configuration.Find(id); !member && p.leaving == 0 {
			p.leaving = latest.index
		}
	}
	r.lead.order = slices.Sorted(maps.Keys(r.lead.peers))
}

// dismissLeaving forgets the servers whose removal is committed; the heartbeat that has just
// left says so to them. One that misses it campaigns in vain: the others hear a leader.
func (r *Raft) dismissLeaving() {
	for id, p := range r.lead.peers {
		if p.leaving > 0 && p.leaving <= r.log.commit {
			r.marks.Hit(marks.LeavingDismissed)
			delete(r.lead.peers, id)
		}
	}
	r.lead.order = slices.Sorted(maps.Keys(r.lead.peers))
}

// promoteLearners makes a learner a voter once it has caught up: once it took no longer than
// an election timeout to get what was new since the round before (thesis §4.2.1). Before,
// it could hold up commits.
func (r *Raft) promoteLearners() {
	for _, s := range r.configuration().Servers {
		p := r.lead.peers[s.ID]
		if !s.Learner || p == nil || p.match < p.catchUpTo {
			continue
		}
		if r.now-p.catchUpSince <= r.cfg.ElectionTimeout {
			if _, _, err := r.Reconfigure(Change{Kind: promoteServer, Server: s}); err == nil {
				r.marks.Hit(marks.LearnerPromoted)
				return
			}
		}
		p.catchUpTo, p.catchUpSince = r.log.lastIndex(), r.now
	}
}

// leaveIfRemoved ends the leadership of a leader that is no voter any more once that is committed.
// Until then it leads without counting itself (thesis §4.2.2).
func (r *Raft) leaveIfRemoved() {
	latest := r.log.configs.latest()
	if latest.index > r.log.commit || latest.configuration.Voter(r.cfg.ID) {
		return
	}
	r.note("is no member any more")
	r.marks.Hit(marks.LeaderRemoved)
	if next := r.successor(); next != None {
		r.sendTimeoutNow(next)
	}
	r.becomeFollower(r.hard.Term, None)
}
