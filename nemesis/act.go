package nemesis

import (
	"context"
	"errors"
	"fmt"

	"senkei/harness/cluster"
	"senkei/history"
)

// errUnbound means that Inject was called before Bind.
var errUnbound = errors.New("it is not bound to nodes")

// with lets a capability of the cluster act. An error begins with what was tried.
func with[C any](c cluster.Cluster, what string, act func(C) error) error {
	capable, err := cluster.As[C](c)
	if err == nil {
		err = act(capable)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// hit lets a capability act on bound targets, as in hit(ctx, c, what, cluster.Killer.Kill, t).
func hit[C any](ctx context.Context, c cluster.Cluster, what string, act func(C, context.Context, ...history.NodeID) error, t Targets) error {
	if len(t.Names) == 0 {
		return fmt.Errorf("%s: %w", what, errUnbound)
	}
	return with(c, what, func(capable C) error { return act(capable, ctx, t.Names...) })
}
