package nemesis

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
)

func cutText(f Fault) string {
	var texts []string
	for _, l := range f.Damage().Links {
		texts = append(texts, Link(l).String())
	}
	return strings.Join(texts, " ")
}

func TestEachShapeCutsTheLinksThatItsNameSays(t *testing.T) {
	n1 := Targets{Names: []history.NodeID{"n1"}}
	for _, c := range []struct{ partition, text, cut string }{
		{"shape: isolate, targets: [n1]", "n1 cut off from n2, n3, n4", "n1>n2 n1>n3 n1>n4 n2>n1 n3>n1 n4>n1"},
		{"shape: isolate, targets: leader", "n2 cut off from n1, n3, n4", "n1>n2 n2>n1 n2>n3 n2>n4 n3>n2 n4>n2"},
		{"shape: isolate, targets: [n2, n1]", "n1, n2 cut off from n3, n4", "n1>n3 n1>n4 n2>n3 n2>n4 n3>n1 n3>n2 n4>n1 n4>n2"},
		{"shape: one-way, targets: [n1], direction: in", "n1 no longer hears n2, n3, n4", "n2>n1 n3>n1 n4>n1"},
		{"shape: one-way, targets: [n1], direction: out", "n2, n3, n4 no longer hear n1", "n1>n2 n1>n3 n1>n4"},
		{"shape: one-way, targets: [n1, n2, n3], direction: out", "n4 no longer hears n1, n2, n3", "n1>n4 n2>n4 n3>n4"},
		{"shape: halves, groups: [[n3, n1], [n4]]", "n1, n3 cut off from n4", "n1>n4 n3>n4 n4>n1 n4>n3"},
		{"shape: halves, groups: [[n1], [n2], [n4]]", "n1 | n2 | n4 cut off from each other", "n1>n2 n1>n4 n2>n1 n2>n4 n4>n1 n4>n2"},
		{"shape: ring, links: [n3>n1, n1>n3, n2>n1]", "ring, n1 no longer hears n2, n3; n3 no longer hears n1", "n1>n3 n2>n1 n3>n1"},
	} {
		s, err := ReadSchedule(strings.NewReader("- {at: 0s, for: 1s, fault: partition, "+c.partition+"}"), Kinds())
		require.NoError(t, err)
		f, err := s[0].Fault.Bind(view(4, 1))
		require.NoError(t, err)
		require.Equal(t, "partition: "+c.text, f.String())
		require.Equal(t, c.cut, cutText(f))
	}
	require.Equal(t, "partition: isolate n1", Partition{Shape: Isolate, Targets: n1}.String(), "while unbound")
}

func TestHalvesAreFewerThanHalfTheNodesAndTheRest(t *testing.T) {
	for n := 2; n <= 9; n++ {
		splits := map[string]bool{}
		for seed := range uint64(30) {
			f, err := Partition{Shape: Halves}.Bind(view(n, seed))
			require.NoError(t, err)
			groups := f.(Partition).Groups
			require.Len(t, groups, 2)
			require.ElementsMatch(t, nodes(n), slices.Concat(groups...))
			require.NotEmpty(t, groups[0])
			require.True(t, 2*len(groups[0]) < n || n == 2, "%v", groups)
			require.Len(t, f.Damage().Links, 2*len(groups[0])*len(groups[1]))
			splits[f.String()] = true
		}
		require.Greater(t, len(splits), 1, "the split is drawn")
	}
}

// In a ring, who sees whom must be mutual: a node without the other's answers sees nobody.
func TestInARingEveryNodeSeesAMajorityAndNoTwoSeeTheSame(t *testing.T) {
	for n := 3; n <= 9; n++ {
		for seed := range uint64(50) {
			f, err := Partition{Shape: Ring}.Bind(view(n, seed))
			require.NoError(t, err)
			cut := f.Damage().Links
			require.NotEmpty(t, cut)
			seen := map[string]history.NodeID{}
			for _, a := range nodes(n) {
				var sees []history.NodeID
				for _, b := range nodes(n) {
					if !slices.Contains(cut, cluster.Link{From: a, To: b}) && !slices.Contains(cut, cluster.Link{From: b, To: a}) {
						sees = append(sees, b)
					}
				}
				require.Greater(t, 2*len(sees), n, "%d nodes: %s sees %v", n, a, sees)
				twin, taken := seen[fmt.Sprint(sees)]
				require.False(t, taken, "%d nodes: %s and %s see %v", n, a, twin, sees)
				seen[fmt.Sprint(sees)] = a
			}
		}
	}
}

func TestInARingOfFiveEveryNodeSeesTheSmallestMajority(t *testing.T) {
	f, err := Partition{Shape: Ring}.Bind(view(5, 1))
	require.NoError(t, err)
	require.Len(t, f.Damage().Links, 5*2)
}

func TestPartitionsThatCannotBeHadAreRefusedWithAReason(t *testing.T) {
	held := []Damage{
		{Nodes: []history.NodeID{"n4"}},
		{Links: []cluster.Link{{From: "n2", To: "n1"}}},
	}
	all := Targets{Names: nodes(5)}
	for _, c := range []struct {
		partition Partition
		nodes     int
		reason    string
	}{
		{Partition{Shape: Isolate, Targets: Targets{Names: []history.NodeID{"n1"}}}, 5, "bind partition: isolate n1: link n2>n1 is already cut"},
		{Partition{Shape: OneWay, Direction: In, Targets: Targets{Spec: Leader}}, 1, `there is no node "n2"`},
		{Partition{Shape: Isolate, Targets: Targets{Names: []history.NodeID{"n4"}}}, 5, "n4 is still under another fault"},
		{Partition{Shape: Halves, Groups: [][]history.NodeID{{"n1"}, {"n9"}}}, 5, `there is no node "n9"`},
		{Partition{Shape: Ring, Links: []Link{{From: "n1", To: "n9"}}}, 5, `there is no node "n9"`},
		{Partition{Shape: Halves}, 1, "a single node cannot be split"},
		{Partition{Shape: Ring}, 2, "a ring takes at least 3 nodes"},
		{Partition{}, 5, `shape "" is none of halves, isolate, one-way, ring`},
	} {
		v := view(c.nodes, 1)
		v.Held = held
		_, err := c.partition.Bind(v)
		require.ErrorContains(t, err, c.reason)
	}
	_, err := Partition{Shape: Isolate, Targets: all}.Bind(view(5, 1))
	require.ErrorContains(t, err, "it would cut no link")
}

func TestALinkThatIsCutInOneDirectionLeavesTheOtherToAnotherFault(t *testing.T) {
	v := view(2, 1)
	v.Held = []Damage{{Links: []cluster.Link{{From: "n1", To: "n2"}}}}
	_, err := Partition{Shape: OneWay, Direction: In, Targets: Targets{Names: []history.NodeID{"n1"}}}.Bind(v)
	require.NoError(t, err)
}
