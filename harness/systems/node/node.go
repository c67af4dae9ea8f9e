package node

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"senkei/harness/cluster"
	"senkei/harness/systems/reference"
	"senkei/history"
	"senkei/node/api"
	"senkei/node/kv"
)

// System starts nodes from a senkei-node binary.
type System struct {
	Path string   // of the binary, static; empty means senkei-node
	Args []string // flags beside those that an Endpoint decides, such as --election-timeout 300ms
}

var (
	_ cluster.System         = System{}
	_ cluster.LeaderView     = System{}
	_ cluster.Membership     = System{}
	_ cluster.LeaderTransfer = System{}
)

// Name returns "node".
func (System) Name() string { return "node" }

// Launch turns an endpoint into flags.
func (s System) Launch(e cluster.Endpoint) cluster.Launch {
	var peers []string
	for _, id := range slices.Sorted(maps.Keys(e.Peers)) {
		peers = append(peers, fmt.Sprintf("%s=%s", id, e.Peers[id]))
	}
	args := []string{
		"--id", string(e.ID), "--peers", strings.Join(peers, ","), "--data", e.DataDir,
		"--peer-listen", e.PeerListen, "--client-listen", e.ClientListen, "--advertise", advertised(e),
	}
	return cluster.Launch{Binary: cmp.Or(s.Path, "senkei-node"), Reference: true, Args: append(args, s.Args...)}
}

// advertised is where the other nodes reach the client port: on the host that they
// reach the peer port on, since a node may listen on every address it has.
func advertised(e cluster.Endpoint) string {
	host, _, hostErr := net.SplitHostPort(e.Peers[e.ID])
	_, port, portErr := net.SplitHostPort(e.ClientListen)
	if hostErr != nil || portErr != nil {
		return e.ClientListen // the node will say what is wrong with it
	}
	return net.JoinHostPort(host, port)
}

// Ready asks whether the node at addr answers.
func (s System) Ready(ctx context.Context, addr string) error {
	_, err := s.Status(ctx, addr)
	return err
}

// Status asks the node at addr how it sees the cluster.
func (System) Status(ctx context.Context, addr string) (cluster.Status, error) {
	var answer api.Status
	err := once(addr, func(c *api.Client) (err error) {
		answer, err = c.Status(ctx)
		return err
	})
	if err != nil {
		return cluster.Status{}, err
	}
	return status(answer), nil
}

// Open returns a client that asks only the node at addr, which passes requests on to
// the leader.
func (System) Open(addr string) cluster.Client {
	return client{api.NewClient(addr, api.Options{Forward: true})}
}

type client struct{ api *api.Client }

func (c client) Invoke(ctx context.Context, in history.Input) (history.Output, error) {
	request, err := reference.Translate(in)
	if err != nil {
		return history.Output{}, fmt.Errorf("%w: %w", err, cluster.ErrNoEffect)
	}
	result, err := c.do(ctx, request)
	switch {
	case api.Definite(err):
		return history.Output{}, fmt.Errorf("%w: %w", err, cluster.ErrNoEffect)
	case err != nil:
		return history.Output{}, err
	}
	return reference.Output(in, result)
}

func (c client) do(ctx context.Context, r reference.Request) (kv.Result, error) {
	if r.Query != nil {
		return result(c.api.Get(ctx, r.Query.Key))
	}
	switch cmd := r.Command; cmd.Op {
	case kv.Put:
		return result(c.api.Put(ctx, cmd.Key, cmd.Value))
	case kv.Delete:
		return result(c.api.Delete(ctx, cmd.Key))
	case kv.CompareAndSet:
		expect := &cmd.Expect
		if cmd.ExpectAbsent {
			expect = nil
		}
		return result(c.api.CompareAndSet(ctx, cmd.Key, expect, cmd.Value))
	case kv.Append:
		return result(c.api.Append(ctx, cmd.Key, cmd.Value))
	case kv.Increment:
		return result(c.api.Increment(ctx, cmd.Key, cmd.Delta))
	default:
		reply, err := c.api.Txn(ctx, api.Atomically(cmd.Txn.Then...))
		var all kv.Result
		for _, one := range reply.Results {
			all.Results = append(all.Results, kv.Result{Value: one.Value, Found: one.Found})
		}
		return all, err
	}
}

func result(r api.Reply, err error) (kv.Result, error) {
	return kv.Result{Value: r.Value, Found: r.Found, Swapped: r.Swapped}, err
}

func (c client) Close() error { return c.api.Close() }
