package nemesis

import (
	"context"

	"senkei/harness/cluster"
)

// Kill stops its targets without warning. Healing starts them again with their data.
type Kill struct {
	Targets Targets `yaml:"targets" json:"targets"`
}

var killKind = Describe[Kill](Kind{
	Summary:    "SIGKILL to the targets, later a restart with their data",
	Example:    "{at: 3s, for: 2s, fault: kill, targets: leader}",
	Parameters: []Parameter{TargetsParameter(AnySpec...)},
	Draw:       func(d *Draws) Fault { return Kill{d.Targets()} },
})

// Kind returns "kill".
func (Kill) Kind() string { return "kill" }

// String returns for instance "kill n1, n4", or "kill leader" while unbound.
func (f Kill) String() string { return "kill " + f.Targets.String() }

// Bind names the targets.
func (f Kill) Bind(v View) (Fault, error) {
	var err error
	f.Targets, err = f.Targets.Bind(v)
	return Bound(f, err)
}

// Needs returns what kills and restarts.
func (Kill) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanKill} }

// Inject stops the targets.
func (f Kill) Inject(ctx context.Context, c cluster.Cluster) error {
	return Hit(ctx, c, f.String(), cluster.Killer.Kill, f.Targets)
}

// Heal starts the targets again and waits until they serve.
func (f Kill) Heal(ctx context.Context, c cluster.Cluster) error {
	return Hit(ctx, c, "restart "+f.Targets.String(), cluster.Killer.Restart, f.Targets)
}

// Damage returns the targets.
func (f Kill) Damage() Damage { return Damage{Nodes: f.Targets.Names} }

// Check refuses what no cluster can have.
func (f Kill) Check() error { return f.Targets.Check() }
