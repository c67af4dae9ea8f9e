package nemesis

import (
	"context"
	"fmt"
	"slices"

	"senkei/harness/cluster"
	"senkei/history"
)

// Disk brings trouble to the disks of its targets. Healing ends it: a node that it stopped
// starts again, and one whose disk was rotten is replaced.
type Disk struct {
	// Targets of a rotten disk are at most a minority of the nodes.
	Targets Targets             `yaml:"targets" json:"targets"`
	Trouble cluster.DiskTrouble `yaml:"trouble" json:"trouble"`
}

var troubles = []cluster.DiskTrouble{
	cluster.DiskSlow, cluster.DiskStalled, cluster.DiskFailing, cluster.DiskFull, cluster.DiskRotten,
}

// Kind returns "disk".
func (Disk) Kind() string { return "disk" }

// String returns for instance "disk: n1, n4 slow".
func (f Disk) String() string { return fmt.Sprintf("disk: %s %s", f.Targets, f.Trouble) }

// Bind names the targets. It refuses rot that the store need not survive.
func (f Disk) Bind(v View) (Fault, error) {
	names, err := f.choose(v)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", f, err)
	}
	f.Targets = Targets{Names: names}
	return f, nil
}

func (f Disk) choose(v View) ([]history.NodeID, error) {
	if f.Trouble == cluster.DiskRotten {
		return f.Targets.chooseLosers(v)
	}
	return f.Targets.choose(v.sparing(func(d Damage) []history.NodeID { return d.Disks }))
}

// Inject brings the trouble.
func (f Disk) Inject(ctx context.Context, c cluster.Cluster) error {
	trouble := func(disks cluster.Disks, ctx context.Context, nodes ...history.NodeID) error {
		return disks.Trouble(ctx, f.Trouble, nodes...)
	}
	return hit(ctx, c, f.String(), trouble, f.Targets)
}

// Heal ends the trouble and waits until the targets serve.
func (f Disk) Heal(ctx context.Context, c cluster.Cluster) error {
	cure := func(disks cluster.Disks, ctx context.Context, nodes ...history.NodeID) error {
		return disks.Cure(ctx, f.Trouble, nodes...)
	}
	return hit(ctx, c, "heal "+f.String(), cure, f.Targets)
}

// Damage returns the disks where they are only slow. Nodes that wait for their disks, stop
// because of them or could not start again are left to no other fault.
func (f Disk) Damage() Damage {
	names := f.Targets.Names
	switch f.Trouble {
	case cluster.DiskSlow:
		return Damage{Disks: names}
	case cluster.DiskRotten:
		return Damage{Nodes: names, Lost: names}
	default:
		return Damage{Nodes: names}
	}
}

func (f Disk) check() error {
	switch {
	case !slices.Contains(troubles, f.Trouble):
		return fmt.Errorf("trouble %.40q is none of %s", f.Trouble, words(troubles))
	case f.Trouble == cluster.DiskRotten:
		return f.Targets.checkLosers()
	}
	return f.Targets.check()
}
