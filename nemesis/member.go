package nemesis

import (
	"context"
	"fmt"

	"senkei/harness/cluster"
)

// Member removes its targets from the cluster, one after the other. They go on running
// and belong to nobody. Healing adds them again and waits until they vote.
type Member struct {
	// Targets are at most half of the nodes, so that a cluster remains.
	Targets Targets `yaml:"targets" json:"targets"`
}

var memberKind = Describe[Member](Kind{
	Summary:    "targets removed from the cluster while they run, later added again",
	Example:    "{at: 3s, for: 2s, fault: member, targets: one}",
	Parameters: []Parameter{TargetsParameter(One, Minority, Leader)},
	NodesMin:   2,
	TooFew:     "a single node cannot be removed from its cluster",
	Draw:       func(d *Draws) Fault { return Member{d.FewTargets()} },
})

// Kind returns "member".
func (Member) Kind() string { return "member" }

// String returns for instance "remove n1, n4", or "remove leader" while unbound.
func (f Member) String() string { return "remove " + f.Targets.String() }

// Bind names the targets.
func (f Member) Bind(v View) (Fault, error) {
	var err error
	f.Targets, err = f.Targets.bindLeavers(v)
	return Bound(f, err)
}

// Needs returns what removes and adds.
func (Member) Needs() []cluster.Capability { return []cluster.Capability{cluster.CanChangeMembers} }

// Inject removes the targets. It fails where the cluster cannot decide, because too few of
// its members run or hear each other.
func (f Member) Inject(ctx context.Context, c cluster.Cluster) error {
	return Hit(ctx, c, f.String(), cluster.Members.Remove, f.Targets)
}

// Heal adds the targets again and waits until they vote.
func (f Member) Heal(ctx context.Context, c cluster.Cluster) error {
	return Hit(ctx, c, "add "+f.Targets.String(), cluster.Members.Add, f.Targets)
}

// Damage returns the targets: nobody else counts on a node that is no member, so no other
// fault may pick it.
func (f Member) Damage() Damage {
	return Damage{Nodes: f.Targets.Names, Removed: f.Targets.Names}
}

// Check refuses what no cluster can have.
func (f Member) Check() error {
	if f.Targets.Spec == All || f.Targets.Spec == Majority {
		return fmt.Errorf("targets %s are more than half of the nodes: remove fewer", f.Targets)
	}
	return f.Targets.Check()
}
