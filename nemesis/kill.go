package nemesis

import (
	"context"
	"fmt"

	"senkei/harness/cluster"
)

// Kill stops its targets without warning. Healing starts them again with their data.
type Kill struct {
	Targets Targets `yaml:"targets" json:"targets"`
}

// Kind returns "kill".
func (Kill) Kind() string { return "kill" }

// String returns for instance "kill n1, n4", or "kill leader" while unbound.
func (f Kill) String() string { return "kill " + f.Targets.String() }

// Bind names the targets.
func (f Kill) Bind(v View) (Fault, error) {
	names, err := f.Targets.choose(v)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	return Kill{Targets{Names: names}}, nil
}

// Inject stops the targets.
func (f Kill) Inject(ctx context.Context, c cluster.Cluster) error {
	return hit(ctx, c, f.String(), cluster.Killer.Kill, f.Targets)
}

// Heal starts the targets again and waits until they serve.
func (f Kill) Heal(ctx context.Context, c cluster.Cluster) error {
	return hit(ctx, c, "restart "+f.Targets.String(), cluster.Killer.Restart, f.Targets)
}

// Damage returns the targets.
func (f Kill) Damage() Damage { return Damage{Nodes: f.Targets.Names} }

func (f Kill) check() error { return f.Targets.check() }
