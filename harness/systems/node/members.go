package node

import (
	"context"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/node/api"
	"senkei/node/raft"
)

// AddMember asks the leader at addr to add a node, which the others reach at peer.
func (System) AddMember(ctx context.Context, addr string, n history.NodeID, peer string) error {
	return once(addr, func(c *api.Client) error {
		_, err := c.AddMember(ctx, raft.ID(n), peer)
		return err
	})
}

// RemoveMember asks the leader at addr to remove a node.
func (System) RemoveMember(ctx context.Context, addr string, n history.NodeID) error {
	return once(addr, func(c *api.Client) error {
		_, err := c.RemoveMember(ctx, raft.ID(n))
		return err
	})
}

// Transfer asks the leader at addr to hand its leadership to another node.
func (System) Transfer(ctx context.Context, addr string, to history.NodeID) error {
	return once(addr, func(c *api.Client) error {
		_, err := c.TransferLeadership(ctx, raft.ID(to))
		return err
	})
}

// once asks one node over a connection of its own.
func once(addr string, ask func(*api.Client) error) error {
	c := api.NewClient(addr, api.Options{})
	err := ask(c)
	_ = c.Close() // the answer is here, or there will be none
	return err
}

// status translates what a node says of itself.
func status(s api.Status) cluster.Status {
	members := make([]cluster.Member, 0, len(s.Configuration))
	for _, m := range s.Configuration {
		members = append(members, cluster.Member{Node: history.NodeID(m.ID), Voter: m.Voter})
	}
	return cluster.Status{
		Node: history.NodeID(s.ID), Leader: history.NodeID(s.Leader), Term: s.Term,
		Leads:  s.Role == raft.Leader.String(),
		Commit: s.Commit, Applied: s.Applied, Last: s.LastIndex, State: s.StateHash,
		Configuration: s.ConfigurationIndex, Members: members, Snapshots: s.SnapshotsInstalled,
	}
}
