package raft

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dump writes out all that a server holds, but for its random numbers. Of what a clone has its
// own copy of, it shows no address.
func dump(r *Raft) string {
	c := *r
	c.rand, c.log, c.staged, c.lead.peers, c.lead.transfer = nil, nil, nil, nil, nil
	text := fmt.Sprintf("%+v %+v", c, *r.log)
	for _, id := range r.lead.order {
		text += fmt.Sprintf(" %s %+v", id, *r.lead.peers[id])
	}
	if r.lead.transfer != nil {
		text += fmt.Sprintf(" transfer %+v", *r.lead.transfer)
	}
	if r.staged != nil {
		text += fmt.Sprintf(" staged %+v", *r.staged)
	}
	return text
}

func TestACloneIsTheSameAndGoesItsOwnWay(t *testing.T) {
	leaders := 0
	for seed := range uint64(60) {
		w := newWorld(t, seed, 3, 1)
		for step := range 3000 {
			w.step()
			if step%10 != 0 {
				continue
			}
			r := w.servers[w.ids[step/10%len(w.ids)]].raft.Clone()
			if step%20 == 0 {
				crowd(r)
			}
			clone, before := r.Clone(), dump(r)
			require.Equal(t, before, dump(clone))
			if r.Role() == Leader {
				leaders++
			}
			extend(clone, "one")
			extended := dump(clone)
			extend(r.Clone(), "another")
			require.Equal(t, extended, dump(clone), "seed %d: what was done to another clone shows", seed)
			upset(clone, w.mail)
			require.Equal(t, before, dump(r), "seed %d: what was done to the clone shows", seed)
		}
	}
	require.Greater(t, leaders, 100)
}

// crowd lets slices of a server grow, so that there is room behind what they hold.
func crowd(r *Raft) {
	for i := range uint64(9) {
		_, _, _ = r.Propose([]byte("crowd"))
		r.Read(i, i%2 == 0)
		if i%3 == 2 {
			r.Tick(r.now + heartbeatInterval)
		}
		if i < 7 {
			r.Ready()
		}
	}
	r.ready = Ready{}
}

// extend adds to what a server holds, something else for each command.
func extend(r *Raft, command string) {
	_, _, _ = r.Propose([]byte(command))
	_, _, _ = r.Reconfigure(Change{Kind: AddServer, Server: Server{ID: ID(command)}})
	r.Tick(r.now + heartbeatInterval + time.Duration(len(command)))
	for i := range 3 {
		r.Read(uint64(100*len(command)+i), i == 0)
	}
	r.Ready()
	r.Read(uint64(100*len(command)), false)
}

// upset changes what a server is.
func upset(r *Raft, mail []Message) {
	_, _ = r.Transfer(None)
	for _, m := range mail {
		if m.To == r.cfg.ID {
			r.Step(m)
		}
	}
	rd := r.Ready()
	if n := len(rd.Entries); n > 0 {
		r.Persisted(rd.Entries[n-1].Index, rd.Entries[n-1].Term, rd.Hard)
	}
	for range 3 {
		r.Tick(r.now + 2*electionTimeout)
		r.Ready()
	}
}

// alike plays the same on a cluster whose servers bear the given names: the first is elected by
// the second, and replicates a command to it.
func alike(t *testing.T, leader, voter, other ID) [3]*Raft {
	var servers []Server
	for _, id := range []ID{"n1", "n2", "n3"} {
		servers = append(servers, Server{ID: id})
	}
	var rafts [3]*Raft
	play := map[ID]*Raft{}
	for i, id := range []ID{leader, voter, other} {
		r, err := New(Config{ID: id, ElectionTimeout: electionTimeout, HeartbeatInterval: heartbeatInterval, SnapshotMargin: 1 << 40},
			Disk{Base: SnapshotMeta{Configuration: NewConfiguration(servers...)}}, 0)
		require.NoError(t, err)
		rafts[i], play[id] = r, r
	}
	rafts[0].Tick(2 * electionTimeout)
	_, _, err := rafts[0].Propose([]byte("too early"))
	require.ErrorIs(t, err, ErrNotLeader)
	mail := settled(rafts[0])
	for len(mail) > 0 {
		m := mail[0]
		mail = mail[1:]
		if m.To == other || m.From == other {
			continue
		}
		play[m.To].Step(m)
		if rafts[0].Role() == Leader && rafts[0].LastIndex() == 1 {
			_, _, err = rafts[0].Propose([]byte("x"))
			require.NoError(t, err)
		}
		mail = append(mail, settled(play[m.To])...)
	}
	require.Equal(t, uint64(2), rafts[0].Commit())
	return rafts
}

// settled makes all durable and returns what is sent.
func settled(r *Raft) (mail []Message) {
	rd := r.Ready()
	mail = rd.Messages
	var index, term uint64
	if n := len(rd.Entries); n > 0 {
		index, term = rd.Entries[n-1].Index, rd.Entries[n-1].Term
	}
	r.Persisted(index, term, rd.Hard)
	mail = append(mail, rd.AfterPersist...)
	rd = r.Ready()
	return append(append(mail, rd.Messages...), rd.AfterPersist...)
}

func TestServersThatDifferOnlyInNamesHaveOneDescription(t *testing.T) {
	plain := func(id ID) ID { return id }
	names := map[ID]ID{None: None, "n3": "n1", "n1": "n2", "n2": "n3"}
	a, b := alike(t, "n1", "n2", "n3"), alike(t, "n3", "n1", "n2")
	for i := range a {
		described := a[i].AppendState(nil, plain)
		require.NotEqual(t, described, b[i].AppendState(nil, plain))
		require.Equal(t, described, b[i].AppendState(nil, func(id ID) ID { return names[id] }))
	}
}

func TestADescriptionTellsWhatMatters(t *testing.T) {
	plain := func(id ID) ID { return id }
	for name, change := range map[string]func(leader, voter *Raft){
		"role":         func(l, v *Raft) { l.becomeFollower(l.hard.Term, None); v.role = PreCandidate },
		"term":         func(l, v *Raft) { l.hard.Term++; v.hard.Term++ },
		"vote":         func(l, v *Raft) { l.hard.Vote, v.hard.Vote = "n3", "n3" },
		"durable term": func(l, v *Raft) { l.hardDurable.Term--; v.hardDurable.Term-- },
		"durable vote": func(l, v *Raft) { l.hardDurable.Vote, v.hardDurable.Vote = None, None },
		"known leader": func(l, v *Raft) { l.leader, v.leader = "n3", "n3" },
		"leader heard": func(l, v *Raft) { l.role = Follower; l.leader = None; v.now += 2 * electionTimeout },
		"commit":       func(l, v *Raft) { l.log.commit--; v.log.commit++ },
		"applied":      func(l, v *Raft) { l.log.applied--; v.log.applied++ },
		"stable":       func(l, v *Raft) { l.log.stable--; v.log.stable-- },
		"command":      func(l, v *Raft) { l.log.entries[1].Data = []byte("y"); v.log.entries[1].Data = nil },
		"entry term":   func(l, v *Raft) { l.log.entries[1].Term++; v.log.entries[1].Term++ },
		"kind":         func(l, v *Raft) { l.log.entries[1].Kind = NoOp; v.log.entries[1].Kind = NoOp },
		"progress":     func(l, v *Raft) { l.lead.peers["n3"].next--; v.role, v.votes = Candidate, tally{"n1": true} },
	} {
		rafts := alike(t, "n1", "n2", "n3")
		leader, voter := rafts[0].AppendState(nil, plain), rafts[1].AppendState(nil, plain)
		change(rafts[0], rafts[1])
		require.NotEqual(t, leader, rafts[0].AppendState(nil, plain), name)
		require.NotEqual(t, voter, rafts[1].AppendState(nil, plain), name)
	}
}

func TestADescriptionForgetsHowLongAServerHasWaited(t *testing.T) {
	plain := func(id ID) ID { return id }
	rafts := alike(t, "n1", "n2", "n3")
	for _, r := range rafts {
		before := r.AppendState(nil, plain)
		r.Tick(r.now + time.Nanosecond)
		r.Clock(r.now + time.Hour)
		require.Equal(t, before, r.AppendState(nil, plain))
	}
	rafts[0].Read(1, false)
	require.Panics(t, func() { rafts[0].AppendState(nil, plain) }, "a read is not described")
}
