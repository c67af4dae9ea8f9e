package nemesis

import (
	"context"

	"senkei/harness/cluster"
)

// Pause freezes its targets; their connections stay open. Healing thaws them, and they
// go on as if no time had passed.
type Pause struct {
	Targets Targets `yaml:"targets" json:"targets"`
}

var pauseKind = Describe[Pause](Kind{
	Summary:    "SIGSTOP to the targets, later SIGCONT",
	Example:    "{at: 3s, for: 2s, fault: pause, targets: [n1, n2]}",
	Parameters: []Parameter{TargetsParameter(AnySpec...)},
	Draw:       func(d *Draws) Fault { return Pause{d.Targets()} },
})

// Kind returns "pause".
func (Pause) Kind() string { return "pause" }

// String returns for instance "pause n1, n4", or "pause leader" while unbound.
func (f Pause) String() string { return "pause " + f.Targets.String() }

// Bind names the targets.
func (f Pause) Bind(v View) (Fault, error) {
	var err error
	f.Targets, err = f.Targets.Bind(v)
	return Bound(f, err)
}

// Needs returns what freezes and thaws.
func (Pause) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanPause} }

// Inject freezes the targets.
func (f Pause) Inject(ctx context.Context, c cluster.Cluster) error {
	return Hit(ctx, c, f.String(), cluster.Pauser.Pause, f.Targets)
}

// Heal thaws the targets.
func (f Pause) Heal(ctx context.Context, c cluster.Cluster) error {
	return Hit(ctx, c, "resume "+f.Targets.String(), cluster.Pauser.Resume, f.Targets)
}

// Damage returns the targets.
func (f Pause) Damage() Damage { return Damage{Nodes: f.Targets.Names} }

// Check refuses what no cluster can have.
func (f Pause) Check() error { return f.Targets.Check() }
