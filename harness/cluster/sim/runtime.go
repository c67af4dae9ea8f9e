package sim

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/node/raft"
)

// Runtime makes simulated clusters for the run loop, which cannot tell them from others: a
// minute takes a moment.
type Runtime struct {
	// Options are those of every cluster, but for its nodes.
	Options Options
}

var (
	_ cluster.Runtime           = Runtime{}
	_ cluster.Cluster           = (*World)(nil)
	_ cluster.Observer          = (*World)(nil)
	_ cluster.InvariantReporter = (*World)(nil)
)

// Name returns "sim".
func (Runtime) Name() string { return "sim" }

// Offers says that a simulation can do everything but outlive the process, and that it is one
// of the reference node alone.
func (Runtime) Offers(sys cluster.System) cluster.Offers {
	if !sys.Launch(cluster.Endpoint{}).Reference {
		return cluster.Offers{cluster.CanStart: fmt.Errorf("the simulator runs the code of the reference node, not %s: choose --runtime docker or local", sys.Name())}
	}
	o := cluster.Offer(cluster.CanKill, cluster.CanPause, cluster.CanCutLinks, cluster.CanCutKinds, cluster.CanShapeTraffic,
		cluster.CanChangeMembers, cluster.CanTransfer, cluster.CanReplace, cluster.CanCutPower, cluster.CanSetClocks,
		cluster.CanTroubleDisks, cluster.CanTellStatus, cluster.CanTellInvariants)
	o[cluster.CanCopyLogs] = errors.New("simulated nodes write no logs")
	o[cluster.CanDetach] = errors.New("nothing of simulated nodes outlives the run")
	return o
}

// Start founds a cluster of these nodes.
func (r Runtime) Start(_ context.Context, sys cluster.System, nodes []history.NodeID) (cluster.Cluster, error) {
	if err := r.Offers(sys).Lacks(); err != nil {
		return nil, err
	}
	o := r.Options
	o.Nodes = nodes
	return New(o), nil
}

// Status tells how a node's server sees the cluster. One that is down or paused does not
// answer. It may be called from any goroutine while the loop waits for it.
func (w *World) Status(_ context.Context, n history.NodeID) (cluster.Status, error) {
	st := w.slot(n)
	switch {
	case st == nil:
		return cluster.Status{}, fmt.Errorf("status of %q: not a node of this cluster", n)
	case st.server.replica == nil || st.server.paused:
		return cluster.Status{}, fmt.Errorf("status of %s: %w", n, errors.New("it does not answer"))
	}
	s := st.server.status
	status := cluster.Status{
		Node: n, Leader: w.nodeOf(s.Leader), Term: s.Term, Leads: s.Role == raft.Leader,
		Commit: s.Commit, Applied: s.Applied, Last: s.LastIndex, State: strconv.FormatUint(s.StateHash, 16),
		Configuration: s.ConfigurationIndex, Snapshots: s.SnapshotsInstalled,
	}
	for _, member := range s.Configuration.Servers {
		status.Members = append(status.Members, cluster.Member{Node: w.nodeOf(member.ID), Voter: !member.Learner})
	}
	return status, nil
}

// nodeOf returns the node whose slot a server has, or had.
func (w *World) nodeOf(id raft.ID) history.NodeID {
	if s := w.byID[id]; s != nil {
		return s.slot.node
	}
	return ""
}

// BrokenInvariant returns what the simulation itself saw broken, nil where nothing was.
func (w *World) BrokenInvariant() error {
	if w.broken == nil {
		return nil
	}
	return fmt.Errorf("%s: %s (%s at %v)", w.broken.Class, w.broken.Text, w.broken.Server, w.broken.At)
}
