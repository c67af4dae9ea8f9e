package nemesis

import (
	"context"
	"math/rand/v2"

	"senkei/harness/cluster"
	"senkei/history"
)

// Fault is damage to a cluster. Implementations are plain structs that a schedule file can
// hold; all that is known of one, and its row for the table, stands in one file.
type Fault interface {
	// Kind is the fault's name, such as "kill"; see Kinds.
	Kind() string
	// Check refuses what means nothing in any cluster. A schedule is checked when it is read.
	Check() error
	// Needs lists what a cluster must be capable of for Inject and Heal.
	Needs() []cluster.Capability
	// Bind replaces what is open ("leader", "one") by names. The bound fault is what
	// is injected, recorded and written to the run's schedule. It fails where the
	// fault cannot be had now, such as a leader that nobody knows, a node that is
	// already down, or a loss that no store survives.
	Bind(v View) (Fault, error)
	// String describes a bound fault to a person, such as "kill n2".
	String() string
	// Inject puts the bound fault in force. It is in force if, and only if, the
	// error is nil; whatever an error left half done, Heal undoes.
	Inject(ctx context.Context, c cluster.Cluster) error
	// Heal undoes the bound fault. It may be called again after an error.
	Heal(ctx context.Context, c cluster.Cluster) error
	// Damage lists what the bound fault takes away while it is in force, and whether it is
	// over at once, which is known of an unbound one as well.
	Damage() Damage
}

// Damage is what a bound fault takes away. What is in one list of a fault in force is left
// alone by the faults that would put it into the same list; nodes in Nodes are left alone
// by all.
type Damage struct {
	Nodes  []history.NodeID // stopped, frozen or removed, or about to stop
	Clocks []history.NodeID // wrong
	Disks  []history.NodeID // in trouble that their nodes live with
	Links  []cluster.Link   // cut, be it for some kinds of messages only
	Shaped []cluster.Link   // slow, lossy, or not in order

	// Removed and Lost are those of Nodes that count against the budget: no members, and
	// without what their disks held.
	Removed, Lost []history.NodeID

	// Momentary is set where the fault is over once Inject has returned, so that nothing is to
	// be healed and its step holds for 0s.
	Momentary bool
}

// none reports whether nothing is taken away.
func (d Damage) none() bool {
	return len(d.Nodes)+len(d.Clocks)+len(d.Disks)+len(d.Links)+len(d.Shaped) == 0
}

// View is what is known when a fault is bound.
type View struct {
	Nodes  []history.NodeID
	Leader history.NodeID // empty where nobody knows one
	Held   []Damage       // of the faults in force
	Rand   *rand.Rand     // for specifications that leave a choice
}

// sparing returns the view of a fault that also leaves alone the nodes that others have
// damaged in this way.
func (v View) sparing(damaged func(Damage) []history.NodeID) View {
	held := make([]Damage, 0, 2*len(v.Held))
	for _, d := range v.Held {
		held = append(held, d, Damage{Nodes: damaged(d)})
	}
	v.Held = held
	return v
}
