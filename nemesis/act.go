package nemesis

import (
	"context"
	"errors"
	"fmt"

	"senkei/harness/cluster"
	"senkei/history"
)

// ErrUnbound means that Inject was called before Bind.
var ErrUnbound = errors.New("it is not bound to nodes")

// With lets a capability of the cluster act. An error begins with what was tried.
func With[C any](c cluster.Cluster, what string, act func(C) error) error {
	capable, err := cluster.As[C](c)
	if err == nil {
		err = act(capable)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Hit lets a capability act on bound targets, as in Hit(ctx, c, what, cluster.Killer.Kill, t).
func Hit[C any](ctx context.Context, c cluster.Cluster, what string, act func(C, context.Context, ...history.NodeID) error, t Targets) error {
	if len(t.Names) == 0 {
		return fmt.Errorf("%s: %w", what, ErrUnbound)
	}
	return With(c, what, func(capable C) error { return act(capable, ctx, t.Names...) })
}

// Bound is what Bind returns: the fault, or an error that begins with it.
func Bound(f Fault, err error) (Fault, error) {
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	return f, nil
}
