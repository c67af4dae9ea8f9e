package nemesis

import (
	"context"

	"senkei/harness/cluster"
)

// Replace takes its targets away for good, together with their disks, and puts a blank
// server with a new name in the place of each. It is over once these vote, so there is
// nothing to heal and its step holds for 0s.
type Replace struct {
	// Targets are at most a minority of the nodes; the rest keep what was acknowledged.
	Targets Targets `yaml:"targets" json:"targets"`
}

var replaceKind = Describe[Replace](Kind{
	Summary:    "a minority lost with their disks, blank servers in their place",
	Example:    "{at: 3s, for: 0s, fault: replace, targets: one}",
	Parameters: []Parameter{TargetsParameter(One, Minority, Leader)},
	NodesMin:   3,
	TooFew:     "fewer than 3 nodes cannot spare the disk of one",
	LosesDisks: true,
	Draw:       func(d *Draws) Fault { return Replace{d.FewTargets()} },
})

// Kind returns "replace".
func (Replace) Kind() string { return "replace" }

// String returns for instance "replace n3".
func (f Replace) String() string { return "replace " + f.Targets.String() }

// Bind names the targets. It refuses a loss that the store need not survive.
func (f Replace) Bind(v View) (Fault, error) {
	var err error
	f.Targets, err = f.Targets.bindLosers(v)
	return Bound(f, err)
}

// Needs returns what replaces.
func (Replace) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanReplace} }

// Inject replaces the targets and returns once the new servers vote. It fails where the
// cluster cannot decide, because too few of its members run or hear each other.
func (f Replace) Inject(ctx context.Context, c cluster.Cluster) error {
	return Hit(ctx, c, f.String(), cluster.Replacer.Replace, f.Targets)
}

// Heal does nothing: nobody brings a lost disk back. Where the injection failed, a place may
// stay empty, and the nodes of the run do not recover.
func (f Replace) Heal(context.Context, cluster.Cluster) error { return nil }

// Damage returns the targets, which are without their disks until the new servers vote.
func (f Replace) Damage() Damage {
	return Damage{Nodes: f.Targets.Names, Lost: f.Targets.Names, Momentary: true}
}

// Check refuses what no cluster can have.
func (f Replace) Check() error { return f.Targets.checkLosers() }
