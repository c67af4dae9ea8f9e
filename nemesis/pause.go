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
	if err := f.pause(ctx, c); err != nil {
		return fmt.Errorf("%s: %w", f, err)
	}
	return nil
}

func (f Pause) pause(ctx context.Context, c cluster.Cluster) error {
	if len(f.Targets.Names) == 0 {
		return errUnbound
	}
	pauser, err := cluster.As[cluster.Pauser](c)
	if err != nil {
		return err
	}
	return pauser.Pause(ctx, f.Targets.Names...)
}

// Heal thaws the targets.
func (f Pause) Heal(ctx context.Context, c cluster.Cluster) error {
	pauser, err := cluster.As[cluster.Pauser](c)
	if err == nil {
		err = pauser.Resume(ctx, f.Targets.Names...)
	}
	if err != nil {
		return fmt.Errorf("resume %s: %w", f.Targets, err)
	}
	return nil
}

// Damage returns the targets.
func (f Pause) Damage() Damage { return Damage{Nodes: f.Targets.Names} }

func (f Pause) check() error { return f.Targets.check() }
