package main

import (
	"context"

	"senkei/node/api"
	"senkei/node/raft"
)

// clientAdder asks one member, which passes the request on to the leader.
type clientAdder struct{ client *api.Client }

func newAdder(addr string, s security) adder {
	return clientAdder{api.NewClient(addr, api.Options{Forward: true, Token: s.token, TLS: s.join})}
}

// AddMember implements adder. A joining node asks seldom, so it holds no connection
// meanwhile.
func (a clientAdder) AddMember(ctx context.Context, id raft.ID, addr string) error {
	_, err := a.client.AddMember(ctx, id, addr)
	_ = a.client.Close() // the answer is here, or there will be none
	return err
}
