package live

import (
	"context"
	"errors"
	"fmt"

	"senkei/harness/cluster"
	"senkei/history"
)

// Offers is what every runtime with real nodes offers for clusters of the system.
func Offers(sys cluster.System) cluster.Offers {
	o := cluster.Offer(cluster.CanKill, cluster.CanPause, cluster.CanCutLinks, cluster.CanCopyLogs, cluster.CanDetach)
	o[cluster.CanStart] = sys.Launch(cluster.Endpoint{}).Validate()
	o[cluster.CanCutKinds] = errors.New("only simulated links know the kinds of a node's messages")
	o[cluster.CanShapeTraffic] = errors.New("links between real nodes can only be cut")
	o[cluster.CanReplace] = errors.New("a real node keeps its disk and its name for the whole run")
	o[cluster.CanCutPower] = errors.New("what a real node has written and not synced outlives it in the kernel")
	o[cluster.CanSetClocks] = errors.New("real nodes share the clock of this machine")
	o[cluster.CanTroubleDisks] = errors.New("real nodes write to this machine's disk, which nothing disturbs")
	o[cluster.CanTellInvariants] = errors.New("nobody sees into a real node")
	o[cluster.CanTellStatus] = lacks[cluster.LeaderView](sys, "cannot tell who leads")
	o[cluster.CanChangeMembers] = lacks[cluster.Membership](sys, "has no members that can be added and removed")
	o[cluster.CanTransfer] = lacks[cluster.LeaderTransfer](sys, "has no leader that can hand over")
	for _, can := range []cluster.Capability{cluster.CanChangeMembers, cluster.CanTransfer} {
		if o[can] == nil { // both ask the leader
			o[can] = o[cluster.CanTellStatus]
		}
	}
	return o
}

func lacks[T any](sys cluster.System, what string) error {
	if _, err := cluster.SystemAs[T](sys); err != nil {
		return fmt.Errorf("the system %s %s", sys.Name(), what)
	}
	return nil
}

// Equip returns the cluster with what its system can tell and change: a cluster.Observer,
// cluster.Members and cluster.Leadership where Offers says so.
func (s *Shell) Equip(c cluster.Cluster) cluster.Cluster {
	view, err := cluster.SystemAs[cluster.LeaderView](s.sys)
	if err != nil {
		return c
	}
	o := observer{Cluster: c, shell: s, view: view}
	c = o
	if sys, err := cluster.SystemAs[cluster.Membership](s.sys); err == nil {
		c = members{observer: o.around(c), sys: sys}
	}
	if sys, err := cluster.SystemAs[cluster.LeaderTransfer](s.sys); err == nil {
		c = leadership{observer: o.around(c), sys: sys}
	}
	return c
}

// observer is a cluster that can be asked for its nodes' status.
type observer struct {
	cluster.Cluster
	shell *Shell
	view  cluster.LeaderView
}

// around returns the observer as a wrapper of a cluster.
func (o observer) around(c cluster.Cluster) observer {
	o.Cluster = c
	return o
}

// Unwrap returns the cluster without what the system adds.
func (o observer) Unwrap() cluster.Cluster { return o.Cluster }

// Status asks node n for its status.
func (o observer) Status(ctx context.Context, n history.NodeID) (cluster.Status, error) {
	addr, ok := o.shell.addrs[n]
	if !ok {
		return cluster.Status{}, fmt.Errorf("status of %q: not a node of this cluster", n)
	}
	status, err := o.view.Status(ctx, addr.Client)
	if err != nil {
		return cluster.Status{}, fmt.Errorf("status of %s: %w", n, err)
	}
	return status, nil
}
