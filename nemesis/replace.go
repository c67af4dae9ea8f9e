package nemesis

import (
	"context"
	"fmt"

	"senkei/harness/cluster"
)

// Replace takes its targets away for good, together with their disks, and puts a blank
// server with a new name in the place of each. It is over once these vote, so there is
// nothing to heal and its step holds for 0s.
type Replace struct {
	// Targets are at most a minority of the nodes; the rest keep what was acknowledged.
	Targets Targets `yaml:"targets" json:"targets"`
}

// Kind returns "replace".
func (Replace) Kind() string { return "replace" }

// String returns for instance "replace n3".
func (f Replace) String() string { return "replace " + f.Targets.String() }

// Bind names the targets. It refuses a loss that the store need not survive.
func (f Replace) Bind(v View) (Fault, error) {
	names, err := f.Targets.chooseLosers(v)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	return Replace{Targets{Names: names}}, nil
}

// Inject replaces the targets and returns once the new servers vote. It fails where the
// cluster cannot decide, because too few of its members run or hear each other.
func (f Replace) Inject(ctx context.Context, c cluster.Cluster) error {
	return hit(ctx, c, f.String(), cluster.Replacer.Replace, f.Targets)
}

// Heal does nothing: nobody brings a lost disk back. Where the injection failed, a place may
// stay empty, and the nodes of the run do not recover.
func (f Replace) Heal(context.Context, cluster.Cluster) error { return nil }

// Damage returns the targets, which are without their disks until the new servers vote.
func (f Replace) Damage() Damage { return Damage{Nodes: f.Targets.Names, Lost: f.Targets.Names} }

func (f Replace) check() error { return f.Targets.checkLosers() }
