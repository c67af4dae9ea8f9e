package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"senkei/node/raft"
)

// adder is a member of a running cluster that can be asked to add another server.
type adder interface {
	// AddMember adds a server that the others dial at addr, host:port. To add a member again
	// is no error.
	AddMember(ctx context.Context, id raft.ID, addr string) error
}

// joiner brings this node into a running cluster by asking its members.
type joiner struct {
	id   raft.ID
	addr string // where the others dial this node
	// asked are the members, in turn.
	asked []member
	// joined reports whether this node finds itself in its own configuration.
	joined func() bool
	log    *slog.Logger
}

// member is an adder and its address, for people.
type member struct {
	adder
	addr string
}

const (
	// askTimeout bounds one attempt: longer than a change waits for the one before it.
	askTimeout = 10 * time.Second
	// joinWaitMin and joinWaitMax bound the wait after a refusal, which doubles each time.
	joinWaitMin = 100 * time.Millisecond
	joinWaitMax = 2 * time.Second
	// addedWait is how long a node that was added waits for the leader to reach it before it
	// asks again: to be added again is a change of the configuration, which holds up others.
	addedWait = 10 * time.Second
)

// run returns once the node has joined, or ctx ends. A node that is a member already asks
// nobody.
func (j joiner) run(ctx context.Context) {
	if j.joined() {
		j.log.Info("is a member already, so that it does not ask to join")
		return
	}
	told, backoff := "", joinWaitMin
	for n := 0; !j.joined(); n++ {
		m := j.asked[n%len(j.asked)]
		said, wait := "was added, and waits for the leader", addedWait
		if err := j.ask(ctx, m); err != nil {
			said, wait = fmt.Sprintf("is not a member yet: %v", err), backoff
			backoff = min(2*backoff, joinWaitMax)
		}
		if ctx.Err() != nil {
			return
		}
		if said != told {
			j.log.Info(said, "asked", m.addr)
			told = said
		}
		if !j.waitFor(ctx, wait) {
			return
		}
	}
	j.log.Info("joined the cluster")
}

func (j joiner) ask(ctx context.Context, m member) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return m.AddMember(ctx, j.id, j.addr)
}

// waitFor waits, less if the node has joined meanwhile. It returns false if ctx ends before.
func (j joiner) waitFor(ctx context.Context, wait time.Duration) bool {
	const look = 20 * time.Millisecond
	for ; wait > 0 && !j.joined(); wait -= look {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return false
		}
	}
	return true
}
