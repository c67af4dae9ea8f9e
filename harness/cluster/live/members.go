package live

import (
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
	// askWithin bounds one request. It is longer than a node works on one, so that what
	// comes after it is not overtaken.
	askWithin = 3 * time.Second
	// leaveWithin bounds the removal of one node and the transfer of a leadership. Where it
	// takes longer, too few nodes are there to decide.
	leaveWithin = 5 * time.Second
)

var (
	errNoLeader    = errors.New("no leader answers")
	errUncommitted = errors.New("the leader's configuration is not committed yet")
)

// members implements cluster.Members.
type members struct {
	observer
	sys cluster.Membership
}

// Remove removes the nodes from the cluster, one after the other.
func (m members) Remove(ctx context.Context, nodes ...history.NodeID) error {
	return m.change(nodes, func(n history.NodeID) error {
		ctx, cancel := context.WithTimeout(ctx, leaveWithin)
		defer cancel()
		return m.until(ctx, func(leader cluster.Status) (bool, error) {
			if _, member := find(leader, n); !member {
				return true, nil
			}
			return false, m.ask(ctx, leader, func(ctx context.Context, addr string) error {
				return m.sys.RemoveMember(ctx, addr, n)
			})
		})
	})
}

// Add makes the nodes members again, one after the other, and waits until they vote.
func (m members) Add(ctx context.Context, nodes ...history.NodeID) error {
	return m.change(nodes, func(n history.NodeID) error {
		return m.until(ctx, func(leader cluster.Status) (bool, error) {
			held, member := find(leader, n)
			switch {
			case held.Voter:
				return true, nil
			case member:
				return false, errors.New("it has not caught up with the log yet")
			}
			return false, m.ask(ctx, leader, func(ctx context.Context, addr string) error {
				return m.sys.AddMember(ctx, addr, n, m.shell.addrs[n].Peer)
			})
		})
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
	return l.change([]history.NodeID{to}, func(to history.NodeID) error {
		ctx, cancel := context.WithTimeout(ctx, leaveWithin)
		defer cancel()
		return l.until(ctx, func(leader cluster.Status) (bool, error) {
			if leader.Node == to {
				return true, nil
			}
			return false, l.ask(ctx, leader, func(ctx context.Context, addr string) error {
				return l.sys.Transfer(ctx, addr, to)
			})
		})
	})
}

// change does the same for each of the nodes.
func (o observer) change(nodes []history.NodeID, do func(history.NodeID) error) error {
	for _, n := range nodes {
		if _, ok := o.shell.addrs[n]; !ok {
			return fmt.Errorf("%q is not a node of this cluster", n)
		}
		if err := do(n); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
	}
	return nil
}

// until shows the leader to step again and again until that is satisfied. The error is
// what stood in the way last.
func (o observer) until(ctx context.Context, step func(leader cluster.Status) (done bool, err error)) error {
	for {
		leader, err := o.decided(ctx)
		done := false
		if err == nil {
			done, err = step(leader)
		}
		if done {
			return nil
		}
		select {
		case <-time.After(askEvery):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
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

// ask puts a request to the leader and to nobody else: a node that is paused, or cut off,
// might pass it on when nobody wants it any more.
func (o observer) ask(ctx context.Context, leader cluster.Status, request func(ctx context.Context, addr string) error) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	return request(ctx, o.shell.addrs[leader.Node].Client)
}

func find(s cluster.Status, n history.NodeID) (cluster.Member, bool) {
	for _, m := range s.Members {
		if m.Node == n {
			return m, true
		}
	}
	return cluster.Member{}, false
}
