package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"senkei/history"
)

// Runtime starts clusters: in containers, as local processes, or simulated.
type Runtime interface {
	Name() string
	// Offers says what clusters of the system will be able to do, before anything starts.
	Offers(sys System) Offers
	// Start brings up every node and returns when all serve their client port. On
	// an error nothing is left running.
	Start(ctx context.Context, sys System, nodes []history.NodeID) (Cluster, error)
}

// Cluster is all that the run loop knows of a running system; whether the clock is
// real or virtual it cannot tell. Invoke, Act and Await belong to one goroutine.
type Cluster interface {
	Nodes() []history.NodeID
	// Now is the time since the cluster's clock began.
	Now() time.Duration
	// Invoke sends an operation of p to n and returns at once. Await delivers its
	// completion. A process whose operation ends with an unknown outcome must not be
	// used again.
	Invoke(p history.Process, n history.NodeID, in history.Input)
	// Act begins an action beside the operations and returns at once. Await delivers its
	// completion, with the same pointer.
	Act(a *Action)
	// Await returns the next completion, or false when the clock reaches until or
	// ctx ends.
	Await(ctx context.Context, until time.Duration) (Completion, bool)
	// Close stops the nodes and removes everything that the run created.
	Close() error
}

// Action is administrative work beside the operations, such as injecting a fault.
type Action struct {
	Name string // for people, such as "inject kill n1"
	// Timeout bounds it on a real clock; 0 leaves it unbounded. On a virtual clock an action
	// bounds itself.
	Timeout time.Duration
	Do      func(ctx context.Context) error
	// Done takes what Do returned. Whoever awaits completions calls it, runtimes do not.
	Done func(err error) error
}

// Completion is the end of an operation of Process or, where Action is not nil, of that
// action.
type Completion struct {
	Process history.Process
	Output  history.Output
	Action  *Action
	Err     error
}

// The capabilities below are optional; As finds them. Each method returns only when
// what it did has been verified, so that a fault that is not in force is an error.

// Killer stops nodes without warning (SIGKILL) and starts them again with their data,
// all at the same time. Restart returns when they serve their client ports again, and
// leaves nodes that run alone, so that a heal can be repeated.
type Killer interface {
	Kill(ctx context.Context, nodes ...history.NodeID) error
	Restart(ctx context.Context, nodes ...history.NodeID) error
}

// Pauser freezes and thaws nodes (SIGSTOP, or the freezer of the container runtime), all
// at the same time. Resume leaves nodes that run alone, so that a heal can be repeated.
type Pauser interface {
	Pause(ctx context.Context, nodes ...history.NodeID) error
	Resume(ctx context.Context, nodes ...history.NodeID) error
}

// Link is one direction of the network between two nodes.
type Link struct{ From, To history.NodeID }

// Network cuts and mends links. Nothing sent on a cut link arrives; the sender is not
// told. Cut names only links that are whole. Mend leaves whole links alone, so that a
// heal can be repeated.
type Network interface {
	Cut(ctx context.Context, links []Link) error
	Mend(ctx context.Context, links []Link) error
}

// MessageFilter cuts links for some kinds of messages only, named as the system names them,
// such as "Append". Network.Mend mends them.
type MessageFilter interface {
	CutKinds(ctx context.Context, links []Link, kinds []string) error
}

// Members changes who belongs to the cluster, one node after the other. Both return when a
// committed configuration says so, and leave nodes that are as wanted alone, so that a heal
// can be repeated.
type Members interface {
	Remove(ctx context.Context, nodes ...history.NodeID) error
	// Add returns when the nodes vote.
	Add(ctx context.Context, nodes ...history.NodeID) error
}

// Leadership hands the leadership over. Transfer returns when the node leads.
type Leadership interface {
	Transfer(ctx context.Context, to history.NodeID) error
}

// Replacer takes nodes out of service together with their disks and puts a blank server
// with a new name in the place of each, which joins the cluster. Replace returns when the
// old one is no member any more and the new one votes. The place keeps its own name, by
// which clients and faults go on to find whoever stands there.
type Replacer interface {
	Replace(ctx context.Context, nodes ...history.NodeID) error
}

// InvariantReporter sees more than clients do. It returns the first invariant that it saw
// broken, whatever the history says, and nil where none was.
type InvariantReporter interface{ BrokenInvariant() error }

// Prober asks one node whether it serves.
type Prober interface {
	Ready(ctx context.Context, n history.NodeID) error
}

// Observer asks one node for its status.
type Observer interface {
	Status(ctx context.Context, n history.NodeID) (Status, error)
}

// Detacher lets nodes outlive the harness.
type Detacher interface {
	// Detach takes the place of Close: it ends the operations and leaves the nodes as they are,
	// also those that are paused or down, until `senkei heal` removes them. It returns where
	// clients reach each node (host:port), and an error for what Close would report.
	Detach() (map[history.NodeID]string, error)
}

// Logger copies everything that a node has logged so far, over all its restarts.
type Logger interface {
	Log(ctx context.Context, n history.NodeID, w io.Writer) error
}

// As returns the capability T of the cluster, or an error that wraps
// errors.ErrUnsupported. It sees through wrappers that have an Unwrap method.
func As[T any](c Cluster) (T, error) { return find[T](c) }

// find looks for T in v and in what v wraps.
func find[T, V any](v V) (T, error) {
	for within := v; ; {
		if t, ok := any(within).(T); ok {
			return t, nil
		}
		w, ok := any(within).(interface{ Unwrap() V })
		if !ok {
			var none T
			return none, fmt.Errorf("%T does not offer %T: %w", v, &none, errors.ErrUnsupported)
		}
		within = w.Unwrap()
	}
}
