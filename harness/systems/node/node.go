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
	"senkei/history"
	"senkei/node/api"
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
	reply, err := c.operate(ctx, in)
	switch {
	case api.Definite(err):
		return history.Output{}, fmt.Errorf("%w: %w", err, cluster.ErrNoEffect)
	case err != nil:
		return history.Output{}, err
	case in.F == history.Read || in.F == history.CAS && !reply.Swapped:
		// The empty value stands for an absent key, so no key may hold it.
		if reply.Found && reply.Value == "" {
			return history.Output{}, fmt.Errorf("key %s holds an empty text, which is no value", in.Key)
		}
		return history.Output{Value: history.Value(reply.Value)}, nil
	default:
		return history.Output{Swapped: reply.Swapped}, nil
	}
}

func (c client) operate(ctx context.Context, in history.Input) (api.Reply, error) {
	switch {
	case in.F == history.Read:
		return c.api.Get(ctx, in.Key)
	case in.F == history.Delete:
		return c.api.Delete(ctx, in.Key)
	case in.F == history.Write:
		return c.api.Put(ctx, in.Key, string(in.Value))
	case in.F == history.CAS && in.Value == history.Absent:
		return api.Reply{}, fmt.Errorf("the store has no compare-and-delete: %w", cluster.ErrNoEffect)
	case in.F == history.CAS && in.Expect == history.Absent:
		return c.api.CompareAndSet(ctx, in.Key, nil, string(in.Value))
	case in.F == history.CAS:
		expect := string(in.Expect)
		return c.api.CompareAndSet(ctx, in.Key, &expect, string(in.Value))
	default:
		return api.Reply{}, fmt.Errorf("the store has no %s: %w", in.F, cluster.ErrNoEffect)
	}
}

func (c client) Close() error { return c.api.Close() }
