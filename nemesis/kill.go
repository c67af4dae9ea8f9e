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
	if err := f.kill(ctx, c); err != nil {
		return fmt.Errorf("%s: %w", f, err)
	}
	return nil
}

func (f Kill) kill(ctx context.Context, c cluster.Cluster) error {
	if len(f.Targets.Names) == 0 {
		return errUnbound
	}
	killer, err := cluster.As[cluster.Killer](c)
	if err != nil {
		return err
	}
	return killer.Kill(ctx, f.Targets.Names...)
}

// Heal starts the targets again and waits until they serve.
func (f Kill) Heal(ctx context.Context, c cluster.Cluster) error {
	killer, err := cluster.As[cluster.Killer](c)
	if err == nil {
		err = killer.Restart(ctx, f.Targets.Names...)
	}
	if err != nil {
		return fmt.Errorf("restart %s: %w", f.Targets, err)
	}
	return nil
}

// Damage returns the targets.
func (f Kill) Damage() Damage { return Damage{Nodes: f.Targets.Names} }

func (f Kill) check() error { return f.Targets.check() }
