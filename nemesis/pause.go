package nemesis

import (
	"context"
	"fmt"

	"senkei/harness/cluster"
)

// Pause freezes its targets; their connections stay open. Healing thaws them, and they
// go on as if no time had passed.
type Pause struct {
	Targets Targets `yaml:"targets" json:"targets"`
}

// Kind returns "pause".
func (Pause) Kind() string { return "pause" }

// String returns for instance "pause n1, n4", or "pause leader" while unbound.
func (f Pause) String() string { return "pause " + f.Targets.String() }

// Bind names the targets.
func (f Pause) Bind(v View) (Fault, error) {
	names, err := f.Targets.choose(v)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	return Pause{Targets{Names: names}}, nil
}

// Inject freezes the targets.
func (f Pause) Inject(ctx context.Context, c cluster.Cluster) error {
	return hit(ctx, c, f.String(), cluster.Pauser.Pause, f.Targets)
}

// Heal thaws the targets.
func (f Pause) Heal(ctx context.Context, c cluster.Cluster) error {
	return hit(ctx, c, "resume "+f.Targets.String(), cluster.Pauser.Resume, f.Targets)
}

// Damage returns the targets.
func (f Pause) Damage() Damage { return Damage{Nodes: f.Targets.Names} }

func (f Pause) check() error { return f.Targets.check() }
