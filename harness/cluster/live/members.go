package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

const (
	// askEvery is the wait between two looks at a cluster that changes.
	askEvery = 50 * time.Millisecond
	// lookWithin bounds one look: a node that is paused answers nothing.
	lookWithin = 400 * time.Millisecond
	// leaveWithin bounds the removal of one node and the transfer of a leadership, joinWithin an
	// addition. Where it takes longer, too few nodes are there to decide.
	leaveWithin = 5 * time.Second
	joinWithin  = time.Minute
)

var (
	errNoLeader    = errors.New("no leader answers")
	errUncommitted = errors.New("the leader's configuration is not committed yet")
	errRequested   = errors.New("the leader was asked, and has not done it yet")
)

// members implements cluster.Members.
type members struct {
	observer
	sys cluster.Membership
}

// Remove removes the nodes from the cluster, one after the other.
func (m members) Remove(ctx context.Context, nodes ...history.NodeID) error {
	return m.change(ctx, leaveWithin, nodes, func(ctx context.Context, n history.NodeID, leader cluster.Status) error {
		if _, member := find(leader, n); !member {
			return nil
		}
		return requested(m.sys.RemoveMember(ctx, m.client(leader), n))
	})
}

// Add makes the nodes members again, one after the other, and waits until they vote.
func (m members) Add(ctx context.Context, nodes ...history.NodeID) error {
	return m.change(ctx, joinWithin, nodes, func(ctx context.Context, n history.NodeID, leader cluster.Status) error {
		held, member := find(leader, n)
		switch {
		case held.Voter:
			return nil
		case member:
			return errors.New("it has not caught up with the log yet")
		}
		return requested(m.sys.AddMember(ctx, m.client(leader), n, m.shell.addrs[n].Peer))
	})
}

// leadership implements cluster.Leadership.
type leadership struct {
	observer
	sys cluster.LeaderTransfer
}

// Transfer hands the leadership to the node. A request that failed may be carried out yet,
// so it is repeated until it has been, or cannot be any more.
func (l leadership) Transfer(ctx context.Context, to history.NodeID) error {
	return l.change(ctx, leaveWithin, []history.NodeID{to}, func(ctx context.Context, to history.NodeID, leader cluster.Status) error {
		if leader.Node == to {
			return nil
		}
		return requested(l.sys.Transfer(ctx, l.client(leader), to))
	})
}

// change shows the leader to step again and again until that is satisfied, for one of the nodes
// after the other.
func (o observer) change(ctx context.Context, within time.Duration, nodes []history.NodeID,
	step func(ctx context.Context, n history.NodeID, leader cluster.Status) error) error {
	for _, n := range nodes {
		if _, ok := o.shell.addrs[n]; !ok {
			return fmt.Errorf("%q is not a node of this cluster", n)
		}
		err := Poll(ctx, within, askEvery, func(ctx context.Context) error {
			leader, err := o.decided(ctx)
			if err != nil {
				return err
			}
			return step(ctx, n, leader)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
	}
	return nil
}

// decided returns the status of the node that leads in the highest term, if the
// configuration that it works with is committed.
func (o observer) decided(ctx context.Context) (cluster.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	var leader cluster.Status
	var mu sync.Mutex
	var asked sync.WaitGroup
	for n := range o.shell.addrs {
		asked.Go(func() {
			status, err := o.Status(ctx, n)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || !status.Leads {
				return
			}
			if status.Term > leader.Term {
				leader = status
			}
		})
	}
	asked.Wait()
	switch {
	case leader.Node == "":
		return leader, errNoLeader
	case leader.Commit < leader.Configuration:
		return leader, errUncommitted
	}
	return leader, nil
}

// client is where requests to the leader are put, and to nobody else: a node that is paused, or
// cut off, might pass it on when nobody wants it any more.
func (o observer) client(leader cluster.Status) string { return o.shell.addrs[leader.Node].Client }

// requested is the answer to a step that has put a request: whether it was carried out, the next
// look at the leader tells.
func requested(err error) error { return cmp.Or(err, errRequested) }

func find(s cluster.Status, n history.NodeID) (cluster.Member, bool) {
	for _, m := range s.Members {
		if m.Node == n {
			return m, true
		}
	}
	return cluster.Member{}, false
}
