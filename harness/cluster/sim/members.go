package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/node/raft"
	"senkei/node/replica"
)

var (
	_ cluster.Members    = (*World)(nil)
	_ cluster.Leadership = (*World)(nil)
	_ cluster.Replacer   = (*World)(nil)
)

const (
	// pollEvery is the wait between two looks at a cluster that changes.
	pollEvery = 50 * time.Millisecond
	// leaveWithin bounds a removal and a transfer, joinWithin an addition.
	leaveWithin = 5 * time.Second
	joinWithin  = 20 * time.Second
	noDeadline  = time.Hour // of virtual time, in which a run has long ended
)

var errNoLeader = errors.New("no leader can be asked")

// Remove removes the nodes' servers from the cluster, one after the other.
func (w *World) Remove(_ context.Context, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error { return w.exclude(s.id, leaveWithin) })
}

// Half of the leaders that are to go hand over to whom they like first.
func (w *World) exclude(id raft.ID, within time.Duration) error {
	d := dice(draw(w.seed, drawOperator, uint64(w.byID[id].number), 0, uint64(w.now)))
	handsOver := d.chance(5000)
	return w.until(within, func(leader *server, c raft.Configuration) *replica.Request {
		if _, member := c.Find(id); !member {
			return nil
		}
		if leader.id == id && handsOver {
			handsOver = false
			return &replica.Request{Transfer: &replica.Transfer{}}
		}
		return &replica.Request{Change: &raft.Change{Kind: raft.RemoveServer, Server: raft.Server{ID: id}}}
	})
}

// Add makes the nodes' servers members again and waits until they vote.
func (w *World) Add(_ context.Context, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error { return w.include(s.id, joinWithin) })
}

func (w *World) include(id raft.ID, within time.Duration) error {
	return w.until(within, func(_ *server, c raft.Configuration) *replica.Request {
		if c.Voter(id) {
			return nil
		}
		return &replica.Request{Change: &raft.Change{Kind: raft.AddServer, Server: raft.Server{ID: id}}}
	})
}

// Transfer hands the leadership to a node's server.
func (w *World) Transfer(_ context.Context, to history.NodeID) error {
	return w.each([]history.NodeID{to}, func(s *server) error {
		return w.until(leaveWithin, func(leader *server, _ raft.Configuration) *replica.Request {
			if leader == s {
				return nil
			}
			return &replica.Request{Transfer: &replica.Transfer{To: s.id}}
		})
	})
}

// Replace takes nodes' servers out of service with their disks, and puts a blank one with a
// new name in the slot of each. It refuses what a store that keeps every entry on a majority
// cannot be expected to survive: fewer disks left than a majority of any configuration that
// may be in force.
func (w *World) Replace(_ context.Context, nodes ...history.NodeID) error {
	return w.each(nodes, func(old *server) error {
		if w.needs(old) {
			return errors.New("too few disks would be left")
		}
		w.crash(old, true)
		old.wiped = true
		w.ledger.Wiped(old.id)
		w.trace.moment(w.now, old, "fault", "is gone with its disk")
		s := w.occupy(old.slot, w.newName(old.slot))
		if err := w.start(s); err != nil {
			return err
		}
		// Nobody else would finish it, so it is retried until it is done.
		if err := w.exclude(old.id, noDeadline); err != nil {
			return fmt.Errorf("remove %s: %w", old.id, err)
		}
		if err := w.include(s.id, noDeadline); err != nil {
			return fmt.Errorf("add %s: %w", s.id, err)
		}
		return nil
	})
}

// newName returns n3b for the second server in the slot of n3, n3c for the third.
func (w *World) newName(st *slot) raft.ID {
	for letter := 'b'; ; letter++ {
		if id := raft.ID(string(st.node) + string(letter)); w.byID[id] == nil {
			return id
		}
	}
}

// needs reports whether, without this server's disk, some configuration would have lost more
// disks than leave a majority.
func (w *World) needs(s *server) bool {
	for _, c := range w.configurations() {
		lost, voters := 0, 0
		for _, member := range c.Servers {
			on := w.byID[member.ID]
			if member.Learner {
				continue
			}
			voters++
			if on == s || on.wiped || on.disk.rotten {
				lost++
			}
		}
		if c.Voter(s.id) && lost > (voters-1)/2 {
			return true
		}
	}
	return false
}

// configurations returns those that may be in force: the latest and the committed one of
// every disk.
func (w *World) configurations() []raft.Configuration {
	var all []raft.Configuration
	for _, s := range w.servers {
		if s.wiped {
			continue
		}
		all = append(all, s.disk.configurations()...)
	}
	return all
}

// until submits to the leader what step wants, and polls until step wants nothing more of a
// leader whose configuration is committed. It fails where that takes longer than within.
func (w *World) until(within time.Duration, step func(*server, raft.Configuration) *replica.Request) error {
	end := w.now + within
	var failure error
	for w.now < end {
		w.changes = slices.DeleteFunc(w.changes, func(a *admin) bool { return a.done })
		if leader := w.leading(); leader != nil {
			c := leader.status.Configuration
			if leader.status.ConfigurationIndex > leader.status.Commit {
				failure = errors.New("the leader's configuration is not committed yet")
			} else if r := step(leader, c); r == nil {
				return nil
			} else if failure = w.submit(leader, *r, end); errors.Is(failure, errStopped) {
				return failure
			}
		}
		if err := w.sleep(pollEvery); err != nil {
			return err
		}
	}
	return fmt.Errorf("not done within %v: %w", within, cmp.Or(failure, errNoLeader))
}

// leading returns the server that leads in the highest term and can be reached, or nil.
func (w *World) leading() *server {
	var leader *server
	for _, st := range w.slots {
		s := st.server
		if s.replica != nil && !s.paused && s.status.Role == raft.Leader && (leader == nil || s.status.Term > leader.status.Term) {
			leader = s
		}
	}
	return leader
}

// admin waits for the reply to an administrator's request.
type admin struct {
	done bool
	err  error
}

// submit puts a request to one server and waits for its reply.
func (w *World) submit(s *server, r replica.Request, end time.Duration) error {
	on := &admin{}
	w.changes = append(w.changes, on)
	w.request(s, r, 0, func(r replica.Reply) {
		on.done = true
		if r.Err != nil {
			on.err = errors.New(string(r.Err.Code))
		}
	})
	for !on.done {
		if w.now >= end {
			return errTimeout
		}
		if err := w.sleep(pollEvery / 5); err != nil {
			return err
		}
	}
	return on.err
}
