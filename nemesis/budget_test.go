package nemesis

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/harness/cluster"
	"senkei/history"
)

// A replacement is over when the new servers vote, which takes an unknown time: that of a
// replace, and that of healing a rotten disk.
func TestAPlanNeverLosesMoreDisksThanAStoreSurvives(t *testing.T) {
	losses := 0
	rapid.Check(t, func(t *rapid.T) {
		p := Profile{
			Nodes:    nodes(rapid.IntRange(3, 9).Draw(t, "nodes")),
			Kinds:    kinds("member", "replace", "disk", "kill"),
			Duration: time.Minute, Interval: time.Second, Hold: 5 * time.Second,
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		leader := rapid.SampledFrom(p.Nodes).Draw(t, "leader")
		var force Schedule
		for _, step := range plan(t, rng.Uint64(), p) {
			force = slices.DeleteFunc(force, func(f Step) bool { return f.end() <= step.At })
			v := View{Nodes: p.Nodes, Leader: leader, Rand: rng}
			for _, f := range force {
				v.Held = append(v.Held, f.Fault.Damage())
			}
			bound, err := step.Fault.Bind(v)
			if err != nil {
				continue
			}
			late := time.Duration(rng.Int64N(int64(4 * time.Second)))
			force = append(force, Step{At: step.At, For: step.For + late, Fault: bound})
			requireAffordable(t, len(p.Nodes), force)
			losses += len(bound.Damage().Lost)
		}
	})
	require.Positive(t, losses)
}

func TestAPlanNeverLosesADiskWhileANodeIsRemoved(t *testing.T) {
	p := Profile{Nodes: nodes(5), Kinds: kinds("member", "replace", "disk"), Duration: 10 * time.Minute, Interval: meanTimeLow, Hold: 5 * time.Second}
	together := 0
	for seed := range uint64(50) {
		s := plan(t, seed, p)
		for i, a := range s {
			for _, b := range s[i+1:] {
				if b.At >= a.end() {
					continue
				}
				together++
				require.False(t, removes(a.Fault) && loses(b.Fault) || loses(a.Fault) && removes(b.Fault), "%s beside %s", a.Fault, b.Fault)
			}
		}
	}
	require.Greater(t, together, 100, "faults do overlap")
}

func removes(f Fault) bool { return bound(f).Damage().Removed != nil }

func loses(f Fault) bool { return bound(f).Damage().Lost != nil }

// requireAffordable holds the faults in force to what budget.go says.
func requireAffordable(t require.TestingT, nodes int, force Schedule) {
	var removed, lost []history.NodeID
	for _, f := range force {
		removed = append(removed, f.Fault.Damage().Removed...)
		lost = append(lost, f.Fault.Damage().Lost...)
	}
	require.Less(t, 2*len(lost), nodes)
	require.True(t, len(lost) == 0 || len(removed) == 0, "%v lost while %v are removed", lost, removed)
}

func TestALossBeyondTheBudgetIsRefusedWithAReason(t *testing.T) {
	on := func(names ...history.NodeID) Targets { return Targets{Names: names} }
	lost := Damage{Nodes: []history.NodeID{"n1"}, Lost: []history.NodeID{"n1"}}
	removed := Damage{Nodes: []history.NodeID{"n1"}, Removed: []history.NodeID{"n1"}}
	for _, c := range []struct {
		fault  Fault
		nodes  int
		held   []Damage
		reason string
	}{
		{Replace{on("n1", "n2", "n3")}, 5, nil, "bind replace n1, n2, n3: 3 nodes are too many: no more than 2 of 5 may lose their disks now"},
		{Replace{on("n2")}, 2, nil, "no more than 0 of 2 nodes may be without their disks, and 0 are"},
		{Replace{on("n2")}, 3, []Damage{lost}, "no more than 1 of 3 nodes may be without their disks, and 1 are"},
		{Replace{on("n2", "n3")}, 5, []Damage{lost}, "2 nodes are too many: no more than 1 of 5"},
		{Replace{Targets{Spec: Leader}}, 5, []Damage{removed}, "bind replace leader: no disk may be lost while n1 is no member"},
		{Replace{on("n2")}, 5, []Damage{{Disks: []history.NodeID{"n2"}}}, "n2 is still under another fault"},
		{Disk{on("n2"), cluster.DiskRotten}, 5, []Damage{removed}, "no disk may be lost while n1 is no member"},
		{Disk{on("n2"), cluster.DiskRotten}, 3, []Damage{lost}, "no more than 1 of 3"},
		{Member{Targets{Spec: Leader}}, 5, []Damage{lost}, "bind remove leader: nobody may be removed while n1 is without its disk"},
	} {
		v := view(c.nodes, 1)
		v.Held, v.Leader = c.held, ""
		_, err := c.fault.Bind(v)
		require.ErrorContains(t, err, c.reason)
	}
}

func TestWithinTheBudgetLossesAddUp(t *testing.T) {
	v := view(5, 1)
	v.Held = []Damage{
		{Nodes: []history.NodeID{"n1"}, Lost: []history.NodeID{"n1"}},
		{Nodes: []history.NodeID{"n2", "n3", "n4"}}, // stopped, with their disks
	}
	for _, f := range []Fault{Replace{Targets{Spec: One}}, Disk{Targets{Spec: One}, cluster.DiskRotten}} {
		bound, err := f.Bind(v)
		require.NoError(t, err)
		require.Equal(t, []history.NodeID{"n5"}, bound.Damage().Lost)
	}
}
