package nemesis

import (
	"context"
	"errors"
	"fmt"

	"senkei/harness/cluster"
	"senkei/history"
)

// Transfer hands the leadership to another node in the midst of work. It is over once that
// node leads, so there is nothing to heal and its step holds for 0s.
type Transfer struct {
	// To leads afterwards. Where it is empty, Bind draws a node that does not lead.
	To history.NodeID `yaml:"to,omitempty" json:"to,omitempty"`
}

var transferKind = Describe[Transfer](Kind{
	Summary:    "leadership handed to another node, which takes no time",
	Example:    "{at: 3s, for: 0s, fault: transfer, to: n2}",
	Parameters: []Parameter{{"to", "who leads afterwards", "a node such as n2; without it any but the leader"}},
	NodesMin:   2,
	TooFew:     "a single node has nobody to hand its leadership to",
	Draw:       func(*Draws) Fault { return Transfer{} },
})

// Kind returns "transfer".
func (Transfer) Kind() string { return "transfer" }

// String returns for instance "transfer the leadership to n2".
func (f Transfer) String() string {
	if f.To == "" {
		return "transfer the leadership"
	}
	return "transfer the leadership to " + string(f.To)
}

// Bind names who shall lead.
func (f Transfer) Bind(v View) (Fault, error) {
	to, err := f.successor(v)
	if err == nil {
		f.To = to
	}
	return Bound(f, err)
}

func (f Transfer) successor(v View) (history.NodeID, error) {
	if err := f.Check(); err != nil {
		return "", err
	}
	if v.Leader == "" {
		return "", ErrNoLeader
	}
	if f.To == v.Leader {
		return "", fmt.Errorf("%s leads already", f.To)
	}
	if f.To != "" {
		_, err := named(v, []history.NodeID{f.To})
		return f.To, err
	}
	able := others(v.free(), []history.NodeID{v.Leader})
	if len(able) == 0 {
		return "", errors.New("no other node can lead")
	}
	return able[v.Rand.IntN(len(able))], nil
}

// Needs returns what hands the leadership over.
func (Transfer) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanTransfer} }

// Inject hands the leadership over and returns once the other node leads.
func (f Transfer) Inject(ctx context.Context, c cluster.Cluster) error {
	if f.To == "" {
		return fmt.Errorf("%s: %w", f, ErrUnbound)
	}
	return With(c, f.String(), func(l cluster.Leadership) error { return l.Transfer(ctx, f.To) })
}

// Heal does nothing: whoever leads, the cluster is whole.
func (f Transfer) Heal(context.Context, cluster.Cluster) error { return nil }

// Damage is nothing.
func (f Transfer) Damage() Damage { return Damage{Momentary: true} }

// Check refuses what no cluster can have.
func (f Transfer) Check() error {
	if f.To == "" {
		return nil
	}
	return checkNames([]history.NodeID{f.To})
}
