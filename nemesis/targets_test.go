package nemesis

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
)

func TestOpenTargetsBecomeSortedNamesOfTheRightNumberAmongTheNodesThatRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := view(rapid.IntRange(1, 9).Draw(t, "nodes"), rapid.Uint64().Draw(t, "seed"))
		held := rapid.SliceOfDistinct(rapid.SampledFrom(v.Nodes), rapid.ID[history.NodeID]).Draw(t, "held")
		v.Held = []Damage{{Nodes: held}}
		spec := rapid.SampledFrom([]Spec{One, Minority, Majority, All}).Draw(t, "spec")

		names, err := Targets{Spec: spec}.choose(v)

		n, up := len(v.Nodes), len(v.Nodes)-len(held)
		possible := map[Spec]bool{One: up > 0, Minority: up > 0 && n > 2, Majority: 2*up > n, All: up > 0}[spec]
		require.Equal(t, possible, err == nil, "%v", err)
		if err != nil {
			return
		}
		require.True(t, slices.IsSorted(names))
		require.Len(t, slices.Compact(slices.Clone(names)), len(names))
		for _, name := range names {
			require.Contains(t, v.Nodes, name)
			require.NotContains(t, held, name)
		}
		size := len(names)
		right := map[Spec]bool{One: size == 1, Minority: size >= 1 && 2*size < n, Majority: 2*size > n, All: size == up}[spec]
		require.True(t, right, "%s of %d nodes, %d held: %v", spec, n, len(held), names)
	})
}

func TestOpenTargetsReachEveryNodeAndEverySize(t *testing.T) {
	hit, sizes := map[history.NodeID]bool{}, map[Spec]map[int]bool{Minority: {}, Majority: {}}
	for seed := range uint64(200) {
		for spec := range sizes {
			names, err := Targets{Spec: spec}.choose(view(5, seed))
			require.NoError(t, err)
			sizes[spec][len(names)] = true
		}
		one, err := Targets{Spec: One}.choose(view(5, seed))
		require.NoError(t, err)
		hit[one[0]] = true
	}
	require.Len(t, hit, 5)
	require.Equal(t, map[int]bool{1: true, 2: true}, sizes[Minority])
	require.Equal(t, map[int]bool{3: true, 4: true, 5: true}, sizes[Majority])
}

func TestTargetsThatCannotBeHadAreRefusedWithAReason(t *testing.T) {
	held := []Damage{{Nodes: []history.NodeID{"n1", "n2"}}, {Nodes: []history.NodeID{"n4"}}}
	for _, c := range []struct {
		targets Targets
		nodes   int
		reason  string
	}{
		{Targets{Names: []history.NodeID{"n9"}}, 5, `there is no node "n9"; the nodes are n1, n2, n3, n4, n5`},
		{Targets{Names: []history.NodeID{"n3", "n4"}}, 5, "n4 is still under another fault"},
		{Targets{Names: []history.NodeID{"n3", "n3"}}, 5, "n3 is named twice"},
		{Targets{Names: []history.NodeID{""}}, 5, `"" is not a node's name`},
		{Targets{Spec: Leader}, 5, "n2 is still under another fault"},
		{Targets{Spec: Majority}, 5, "only 2 of 5 nodes are not under another fault, too few for majority"},
		{Targets{Spec: One}, 2, "every node is still under another fault"},
		{Targets{Spec: Minority}, 2, "every node is still under another fault"},
		{Targets{Spec: "some"}, 5, `targets "some" are none of one, minority, majority, leader, all`},
		{Targets{Spec: One, Names: []history.NodeID{"n3"}}, 5, `targets are both "one" and names`},
		{Targets{}, 5, "targets are missing"},
	} {
		v := view(c.nodes, 1)
		v.Held = held
		_, err := c.targets.choose(v)
		require.ErrorContains(t, err, c.reason)
	}
	_, err := Targets{Spec: Minority}.choose(view(2, 1))
	require.EqualError(t, err, "a cluster of 2 has no minority")
}

func TestTheLeaderIsWhoeverLeadsWhenTheFaultIsBound(t *testing.T) {
	v := view(5, 1)
	f, err := Kill{Targets{Spec: Leader}}.Bind(v)
	require.NoError(t, err)
	require.Equal(t, Kill{Targets{Names: []history.NodeID{"n2"}}}, f)

	v.Leader = ""
	_, err = Kill{Targets{Spec: Leader}}.Bind(v)
	require.ErrorIs(t, err, ErrNoLeader)
	require.EqualError(t, err, "bind kill leader: no leader is known")
}
