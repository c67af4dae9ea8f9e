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

var diskKind = Describe[Disk](Kind{
	Summary: "disks of the targets slow, stalled, failing, full or rotten",
	Example: "{at: 3s, for: 2s, fault: disk, targets: leader, trouble: slow}",
	Parameters: []Parameter{
		TargetsParameter(AnySpec...),
		{"trouble", "what is wrong with the disks; rotten ones are a minority", words(troubles)},
	},
	LosesDisks: true,
	Draw:       drawDisk,
})

// drawDisk draws the next trouble. Where no disk can be spared, none rots.
func drawDisk(d *Draws) Fault {
	possible := troubles
	if minority(d.Nodes) == 0 {
		possible = troubles[:len(troubles)-1]
	}
	f := Disk{Trouble: possible[d.Turn("trouble", len(possible))]}
	if f.Trouble == cluster.DiskRotten {
		f.Targets = d.FewTargets()
	} else {
		f.Targets = d.Targets()
	}
	return f
}

// Kind returns "disk".
func (Disk) Kind() string { return "disk" }

// String returns for instance "disk: n1, n4 slow".
func (f Disk) String() string { return fmt.Sprintf("disk: %s %s", f.Targets, f.Trouble) }

// Bind names the targets. It refuses rot that the store need not survive.
func (f Disk) Bind(v View) (Fault, error) {
	var err error
	if f.Trouble == cluster.DiskRotten {
		f.Targets, err = f.Targets.bindLosers(v)
	} else {
		f.Targets, err = f.Targets.Bind(v.sparing(func(d Damage) []history.NodeID { return d.Disks }))
	}
	return Bound(f, err)
}

// Needs returns what brings and ends the trouble.
func (Disk) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanTroubleDisks} }

// Inject brings the trouble.
func (f Disk) Inject(ctx context.Context, c cluster.Cluster) error {
	trouble := func(disks cluster.Disks, ctx context.Context, nodes ...history.NodeID) error {
		return disks.Trouble(ctx, f.Trouble, nodes...)
	}
	return Hit(ctx, c, f.String(), trouble, f.Targets)
}

// Heal ends the trouble and waits until the targets serve.
func (f Disk) Heal(ctx context.Context, c cluster.Cluster) error {
	cure := func(disks cluster.Disks, ctx context.Context, nodes ...history.NodeID) error {
		return disks.Cure(ctx, f.Trouble, nodes...)
	}
	return Hit(ctx, c, "heal "+f.String(), cure, f.Targets)
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

// Check refuses what no cluster can have.
func (f Disk) Check() error {
	switch {
	case !slices.Contains(troubles, f.Trouble):
		return fmt.Errorf("trouble %.40q is none of %s", f.Trouble, words(troubles))
	case f.Trouble == cluster.DiskRotten:
		return f.Targets.checkLosers()
	}
	return f.Targets.Check()
}
