package nemesis

import (
	"context"
	"math/rand/v2"

	"senkei/harness/cluster"
	"senkei/history"
)

// Fault is one kind of damage to a cluster. Implementations are plain structs that a
// schedule file can hold.
type Fault interface {
	// Kind is the fault's name: "kill", "pause", "partition", "member" or "transfer".
	Kind() string
	// Bind replaces what is open ("leader", "one") by names. The bound fault is what
	// is injected, recorded and written to the run's schedule. It fails where the
	// fault cannot be had now, such as a leader that nobody knows or a node that is
	// already down.
	Bind(v View) (Fault, error)
	// String describes a bound fault to a person, such as "kill n2".
	String() string
	// Inject puts the bound fault in force. It is in force if, and only if, the
	// error is nil; whatever an error left half done, Heal undoes.
	Inject(ctx context.Context, c cluster.Cluster) error
	// Heal undoes the bound fault. It may be called again after an error.
	Heal(ctx context.Context, c cluster.Cluster) error
	// Damage lists what the bound fault takes away while it is in force.
	Damage() Damage
}

// Damage is what a bound fault takes away.
type Damage struct {
	Nodes []history.NodeID // stopped, frozen or removed
	Links []cluster.Link   // cut
}

// View is what is known when a fault is bound.
type View struct {
	Nodes  []history.NodeID
	Leader history.NodeID // empty where nobody knows one
	Held   []Damage       // of the faults in force
	Rand   *rand.Rand     // for specifications that leave a choice
}
