package nemesis

import (
	"context"

	"senkei/harness/cluster"
)

// Power cuts the power of its targets: beyond what a kill does, their disks may lose the
// end of what was written and not synced. Healing starts them again with what is left.
type Power struct {
	Targets Targets `yaml:"targets" json:"targets"`
}

var powerKind = Describe[Power](Kind{
	Summary:    "power of the targets cut, which loses what is not synced, later a restart",
	Example:    "{at: 3s, for: 2s, fault: power, targets: all}",
	Parameters: []Parameter{TargetsParameter(AnySpec...)},
	Draw:       func(d *Draws) Fault { return Power{d.Targets()} },
})

// Kind returns "power".
func (Power) Kind() string { return "power" }

// String returns for instance "cut the power of n1, n4".
func (f Power) String() string { return "cut the power of " + f.Targets.String() }

// Bind names the targets.
func (f Power) Bind(v View) (Fault, error) {
	var err error
	f.Targets, err = f.Targets.Bind(v)
	return Bound(f, err)
}

// Needs returns what cuts the power, and what restarts.
func (Power) Needs() []cluster.Capability {
	return []cluster.Capability{cluster.CanCutPower, cluster.CanKill}
}

// Inject cuts the power.
func (f Power) Inject(ctx context.Context, c cluster.Cluster) error {
	return Hit(ctx, c, f.String(), cluster.PowerCutter.CutPower, f.Targets)
}

// Heal starts the targets again and waits until they serve.
func (f Power) Heal(ctx context.Context, c cluster.Cluster) error {
	return Kill(f).Heal(ctx, c)
}

// Damage returns the targets.
func (f Power) Damage() Damage { return Kill(f).Damage() }

// Check refuses what no cluster can have.
func (f Power) Check() error { return f.Targets.Check() }
