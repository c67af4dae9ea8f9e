package nemesis

import (
	"context"
	"fmt"

	"senkei/harness/cluster"
)

// Power cuts the power of its targets: beyond what a kill does, their disks may lose the
// end of what was written and not synced. Healing starts them again with what is left.
type Power struct {
	Targets Targets `yaml:"targets" json:"targets"`
}

// Kind returns "power".
func (Power) Kind() string { return "power" }

// String returns for instance "cut the power of n1, n4".
func (f Power) String() string { return "cut the power of " + f.Targets.String() }

// Bind names the targets.
func (f Power) Bind(v View) (Fault, error) {
	names, err := f.Targets.choose(v)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	return Power{Targets{Names: names}}, nil
}

// Inject cuts the power.
func (f Power) Inject(ctx context.Context, c cluster.Cluster) error {
	return hit(ctx, c, f.String(), cluster.PowerCutter.CutPower, f.Targets)
}

// Heal starts the targets again and waits until they serve.
func (f Power) Heal(ctx context.Context, c cluster.Cluster) error {
	return Kill(f).Heal(ctx, c)
}

// Damage returns the targets.
func (f Power) Damage() Damage { return Kill(f).Damage() }

func (f Power) check() error { return f.Targets.check() }
