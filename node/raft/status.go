package raft

// What people and the caller may look at. Nothing here changes anything.

// Role returns what this server is now.
func (r *Raft) Role() Role { return r.role }

// Term returns the latest term that this server has seen.
func (r *Raft) Term() uint64 { return r.hard.Term }

// Leader returns the leader of the current term, or None where unknown.
func (r *Raft) Leader() ID { return r.leader }

// Commit returns the highest index known to be committed. It never falls in a life.
func (r *Raft) Commit() uint64 { return r.log.commit }

// FirstIndex returns the index of the first entry that the log still holds, or will hold.
func (r *Raft) FirstIndex() uint64 { return r.log.base + 1 }

// LastIndex returns the index of the last entry of the log.
func (r *Raft) LastIndex() uint64 { return r.log.lastIndex() }

// Configuration returns the configuration in force and where it stands in the log.
func (r *Raft) Configuration() (Configuration, uint64) {
	c := r.log.configs.latest()
	return c.configuration, c.index
}

// Servers returns every server that messages may go to: the members, and servers that were
// removed not long ago or are about to be.
func (r *Raft) Servers() Configuration { return r.log.configs.servers() }

// Snapshots returns how many snapshots were sent and installed since the start, whole ones.
func (r *Raft) Snapshots() (sent, installed uint64) { return r.sent, r.installed }

// HoldsLease reports whether a lease read would be answered at once, as far as the last Clock
// tells.
func (r *Raft) HoldsLease() bool { return r.role == Leader && r.leased() }

// Streaming returns the index of the snapshot that is being sent, or false.
func (r *Raft) Streaming() (uint64, bool) {
	if r.role != Leader || r.lead.snapshot == nil {
		return 0, false
	}
	return r.lead.snapshot.Index, true
}

// Peers tells how a leader feeds the other servers, in ascending order of ID. On others it
// is empty.
func (r *Raft) Peers() []PeerStatus {
	if r.role != Leader {
		return nil
	}
	all := make([]PeerStatus, 0, len(r.lead.order))
	for _, id := range r.lead.order {
		p := r.lead.peers[id]
		server, _ := r.log.configs.latest().configuration.Find(id)
		all = append(all, PeerStatus{
			ID: id, Learner: server.Learner, State: p.state.String(), Match: p.match, Next: p.next,
			InflightEntries: p.inflight.entries, InflightBytes: p.inflight.bytes, Heard: r.now - p.heardAt,
		})
	}
	return all
}
