package main

import (
	"context"

	"senkei/harness/cluster"
	"senkei/history"
)

// rival is a system under comparison: one as the harness knows them, and what only a
// bench asks of it.
type rival interface {
	cluster.System
	cluster.LeaderView
	// version is what stands in the result.
	version() string
	// roam returns a client that is told of all nodes, and turns to another one than the first
	// when that is gone.
	roam(addrs []string) cluster.Client
}

// clients do one operation at a time each. An error tells nothing about whether it took effect.
type clients []cluster.Client

func (all clients) close() {
	for _, c := range all {
		_ = c.Close() // nothing is under way that it could tell about
	}
}

func write(ctx context.Context, c cluster.Client, key, value string) error {
	_, err := c.Invoke(ctx, history.Input{F: history.Write, Key: key, Value: history.Value(value)})
	return err
}
