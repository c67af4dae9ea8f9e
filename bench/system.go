package main

import (
	"context"
	"os/exec"
)

// system is one of the stores under comparison.
type system interface {
	name() string
	// version is what stands in the result.
	version() string
	// command starts the node that stands at position self.
	command(nodes []*node, self int) (*exec.Cmd, error)
	// connect returns a client for each node in turn, until there are n, beginning with the
	// node at position first. Closing them all closes what they share.
	connect(nodes []*node, n, first int) (clients, error)
	// roam returns a client that is told of all nodes, beginning with the one at position
	// first, and turns to another one when a node is gone.
	roam(nodes []*node, first int) (client, error)
	// status asks one node how it sees the cluster.
	status(ctx context.Context, n *node) (status, error)
}

// client does one operation at a time. An error tells nothing about whether it took
// effect.
type client interface {
	put(ctx context.Context, key, value string) error
	// get is a linearizable read of a key that exists; it returns the value.
	get(ctx context.Context, key string) (string, error)
	close() error
}

type clients []client

func (all clients) close() {
	for _, c := range all {
		_ = c.close() // nothing is under way that it could tell about
	}
}

// status is one node's view. Names of nodes are the system's own.
type status struct {
	self, leader string // leader is empty where unknown
	applied      uint64 // log index
}
