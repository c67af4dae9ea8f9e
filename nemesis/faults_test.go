package nemesis

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/harness/cluster"
	"senkei/history"
)

func TestFaultsActThroughTheCapabilitiesOfTheCluster(t *testing.T) {
	two := Targets{Names: []history.NodeID{"n3", "n1"}}
	for _, c := range []struct {
		fault          Fault
		text           string
		injected, heal string
		damage         Damage
	}{
		{
			Kill{two}, "kill n1, n3", "kill [n1 n3]", "restart [n1 n3]",
			Damage{Nodes: []history.NodeID{"n1", "n3"}},
		},
		{
			Pause{two}, "pause n1, n3", "pause [n1 n3]", "resume [n1 n3]",
			Damage{Nodes: []history.NodeID{"n1", "n3"}},
		},
		{
			Member{Targets{Names: two.Names[:1]}}, "remove n3", "remove [n3]", "add [n3]",
			Damage{Nodes: []history.NodeID{"n3"}, Removed: []history.NodeID{"n3"}},
		},
		{
			Power{two}, "cut the power of n1, n3", "cut power [n1 n3]", "restart [n1 n3]",
			Damage{Nodes: []history.NodeID{"n1", "n3"}},
		},
		{
			Clock{Targets: two, Rate: 80}, "clock: n1, n3 at 80% of true speed", "rate 80 [n1 n3]", "rate 100 [n1 n3]",
			Damage{Clocks: []history.NodeID{"n1", "n3"}},
		},
		{
			Disk{two, cluster.DiskSlow}, "disk: n1, n3 slow", "trouble slow [n1 n3]", "cure slow [n1 n3]",
			Damage{Disks: []history.NodeID{"n1", "n3"}},
		},
		{
			Disk{two, cluster.DiskFull}, "disk: n1, n3 full", "trouble full [n1 n3]", "cure full [n1 n3]",
			Damage{Nodes: []history.NodeID{"n1", "n3"}},
		},
		{
			Disk{Targets{Names: two.Names[:1]}, cluster.DiskRotten}, "disk: n3 rotten", "trouble rotten [n3]", "cure rotten [n3]",
			Damage{Nodes: []history.NodeID{"n3"}, Lost: []history.NodeID{"n3"}},
		},
		{
			Traffic{Targets: Targets{Spec: Leader}, Delay: Duration(20 * time.Millisecond), Loss: 10},
			"traffic: n2 with delay 20ms, loss 10%",
			"shape {20ms 0s 10 0 0} [{n1 n2} {n2 n1} {n2 n3} {n3 n2}]", "unshape [{n1 n2} {n2 n1} {n2 n3} {n3 n2}]",
			Damage{Shaped: []cluster.Link{{From: "n1", To: "n2"}, {From: "n2", To: "n1"}, {From: "n2", To: "n3"}, {From: "n3", To: "n2"}}},
		},
		{
			Partition{Shape: OneWay, Targets: Targets{Names: two.Names[:1]}, Direction: Out, Messages: []string{"Append", "Vote"}},
			"partition: n1, n2 no longer hear n3 (only Append, Vote)",
			"cut [Append Vote] [{n3 n1} {n3 n2}]", "mend [{n3 n1} {n3 n2}]",
			Damage{Links: []cluster.Link{{From: "n3", To: "n1"}, {From: "n3", To: "n2"}}},
		},
		{
			Partition{Shape: OneWay, Targets: two, Direction: In}, "partition: n1, n3 no longer hear n2",
			"cut [{n2 n1} {n2 n3}]", "mend [{n2 n1} {n2 n3}]",
			Damage{Links: []cluster.Link{{From: "n2", To: "n1"}, {From: "n2", To: "n3"}}},
		},
	} {
		ctx, on := t.Context(), &recorded{}
		bound, err := c.fault.Bind(view(3, 1))
		require.NoError(t, err)
		require.Equal(t, c.text, bound.String())
		require.Equal(t, c.damage, bound.Damage())
		require.NoError(t, bound.Inject(ctx, on))
		require.NoError(t, bound.Heal(ctx, on))
		require.NoError(t, bound.Heal(ctx, on), "a heal can be repeated")
		require.Equal(t, []string{c.injected, c.heal, c.heal}, on.calls)
	}
}

func TestWhatIsOverAtOnceLeavesNothingToHeal(t *testing.T) {
	n3 := Targets{Names: []history.NodeID{"n3"}}
	for _, c := range []struct {
		fault       Fault
		text, asked string
	}{
		{Transfer{To: "n3"}, "transfer the leadership to n3", "transfer n3"},
		{Replace{n3}, "replace n3", "replace [n3]"},
		{Clock{Targets: n3, Jump: Duration(time.Second)}, "clock: n3 put ahead by 1s", "jump 1s [n3]"},
		{Clock{Targets: n3, Jump: -Duration(time.Second)}, "clock: n3 put back by 1s", "jump -1s [n3]"},
	} {
		bound, err := c.fault.Bind(view(3, 1))
		require.NoError(t, err)
		require.True(t, bound.Damage().Momentary)
		require.Equal(t, c.text, bound.String())
		on := &recorded{}
		require.NoError(t, bound.Inject(t.Context(), on))
		require.NoError(t, bound.Heal(t.Context(), on))
		require.Equal(t, []string{c.asked}, on.calls)
	}
}

func TestWhatCouldNotBeDoneNamesTheFaultOnce(t *testing.T) {
	down := errors.New("no such container")
	for fault, texts := range map[string][2]string{
		"kill":      {"kill n1: no such container", "restart n1: no such container"},
		"pause":     {"pause n1: no such container", "resume n1: no such container"},
		"member":    {"remove n1: no such container", "add n1: no such container"},
		"power":     {"cut the power of n1: no such container", "restart n1: no such container"},
		"clock":     {"clock: n1 at 80% of true speed: no such container", "heal clock: n1 at 80% of true speed: no such container"},
		"disk":      {"disk: n1 slow: no such container", "heal disk: n1 slow: no such container"},
		"traffic":   {"traffic: n1 with loss 10%: no such container", "heal traffic: n1 with loss 10%: no such container"},
		"partition": {"partition: n1 cut off from n2: no such container", "heal partition: n1 cut off from n2: no such container"},
	} {
		f, err := faultOn(fault, "n1").Bind(view(2, 1))
		require.NoError(t, err)
		on := &recorded{err: down}
		require.EqualError(t, f.Inject(t.Context(), on), texts[0])
		require.EqualError(t, f.Heal(t.Context(), on), texts[1])
		require.ErrorIs(t, f.Heal(t.Context(), on), down)
	}
}

func TestAClusterWithoutTheCapabilityIsNotHit(t *testing.T) {
	for _, k := range Kinds() {
		f, err := faultOn(k.Name(), "n1").Bind(view(3, 1))
		require.NoError(t, err)
		require.ErrorIs(t, f.Inject(t.Context(), bare{}), errors.ErrUnsupported)
		if !f.Damage().Momentary {
			require.ErrorIs(t, f.Heal(t.Context(), bare{}), errors.ErrUnsupported)
		}
	}
}

func TestAFaultThatIsNotBoundIsNeverReportedAsInForce(t *testing.T) {
	on := &recorded{}
	leader := Targets{Spec: Leader}
	for _, f := range []Fault{
		Kill{leader},
		Pause{leader},
		Member{leader},
		Transfer{},
		Power{leader},
		Replace{leader},
		Clock{Targets: leader, Rate: 80},
		Clock{Targets: leader, Jump: 1},
		Disk{leader, cluster.DiskSlow},
		Traffic{Targets: leader, Loss: 10},
		Traffic{Targets: Targets{Names: []history.NodeID{"n1"}}, Loss: 10},
		Partition{Shape: Isolate, Targets: leader},
		Partition{Shape: Isolate, Targets: Targets{Names: []history.NodeID{"n1"}}},
		Partition{Shape: Halves},
		Partition{Shape: Ring},
	} {
		require.ErrorIs(t, f.Inject(t.Context(), on), ErrUnbound)
		require.Empty(t, f.Damage().Nodes)
	}
	require.Empty(t, on.calls)
}

func TestBindingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFault.Filter(func(f Fault) bool { return f.Damage().Nodes == nil }).Draw(t, "fault")
		v := view(5, rapid.Uint64().Draw(t, "seed"))
		bound, err := f.Bind(v)
		if err != nil {
			t.Skip("names nodes that this cluster does not have")
		}
		again, err := bound.Bind(v)
		require.NoError(t, err)
		require.Equal(t, bound, again)
	})
}

func TestFaultsAreRecordedAsCompactJSON(t *testing.T) {
	for text, f := range map[string]Fault{
		`{"targets":["n1"]}`:                  faultOn("kill", "n1"),
		`{"targets":"leader"}`:                Pause{Targets{Spec: Leader}},
		`{"targets":"minority"}`:              Member{Targets{Spec: Minority}},
		`{"to":"n1"}`:                         faultOn("transfer", "n1"),
		`{}`:                                  Transfer{},
		`{"targets":"all"}`:                   Power{Targets{Spec: All}},
		`{"targets":"one"}`:                   Replace{Targets{Spec: One}},
		`{"targets":["n1"],"jump":"-1.5s"}`:   Clock{Targets: faultOn("kill", "n1").(Kill).Targets, Jump: -Duration(1500 * time.Millisecond)},
		`{"targets":["n1"],"rate":80}`:        faultOn("clock", "n1"),
		`{"targets":["n1"],"trouble":"slow"}`: faultOn("disk", "n1"),
		`{"targets":["n1"],"loss":10}`:        faultOn("traffic", "n1"),
		`{"targets":"all","delay":"20ms","jitter":"5ms","duplicate":1,"reorder":2}`: Traffic{
			Targets: Targets{Spec: All}, Delay: Duration(20 * time.Millisecond), Jitter: Duration(5 * time.Millisecond), Duplicate: 1, Reorder: 2},
		`{"shape":"ring","messages":["Append"]}`:                      Partition{Shape: Ring, Messages: []string{"Append"}},
		`{"shape":"isolate","targets":["n1"]}`:                        faultOn("partition", "n1"),
		`{"shape":"halves","groups":[["n1"],["n2","n3"]]}`:            Partition{Shape: Halves, Groups: [][]history.NodeID{{"n1"}, {"n2", "n3"}}},
		`{"shape":"ring","links":["n1\u003en3"]}`:                     Partition{Shape: Ring, Links: []Link{{From: "n1", To: "n3"}}},
		`{"shape":"one-way","targets":["n1","n2"],"direction":"out"}`: Partition{Shape: OneWay, Direction: Out, Targets: Targets{Names: []history.NodeID{"n1", "n2"}}},
	} {
		encoded, err := json.Marshal(f)
		require.NoError(t, err)
		require.Equal(t, text, string(encoded))
	}
}

func TestAtMostHalfOfTheNodesAreRemoved(t *testing.T) {
	three := Targets{Names: []history.NodeID{"n1", "n2", "n3"}}
	_, err := Member{three}.Bind(view(5, 1))
	require.EqualError(t, err, "bind remove n1, n2, n3: 3 of 5 nodes are more than half of them: remove fewer")
	for _, spec := range []Spec{All, Majority} {
		require.ErrorContains(t, Member{Targets{Spec: spec}}.Check(), "more than half of the nodes")
	}
	v := view(3, 1)
	v.Held = []Damage{{Nodes: []history.NodeID{"n1"}}}
	_, err = faultOn("member", "n1").Bind(v)
	require.ErrorContains(t, err, "n1 is still under another fault")
}

func TestTheLeadershipGoesToANodeThatRunsAndDoesNotLead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := view(rapid.IntRange(1, 9).Draw(t, "nodes"), rapid.Uint64().Draw(t, "seed"))
		v.Leader = rapid.SampledFrom(v.Nodes).Draw(t, "leader")
		held := rapid.SliceOfDistinct(rapid.SampledFrom(v.Nodes), rapid.ID[history.NodeID]).Draw(t, "held")
		v.Held = []Damage{{Nodes: held}}
		bound, err := Transfer{}.Bind(v)
		if err != nil {
			require.Subset(t, append(held, v.Leader), v.Nodes)
			return
		}
		to := bound.(Transfer).To
		require.Contains(t, v.Nodes, to)
		require.NotContains(t, append(held, v.Leader), to)

		on := &recorded{}
		require.NoError(t, bound.Inject(context.Background(), on))
		require.NoError(t, bound.Heal(context.Background(), on))
		require.Equal(t, []string{"transfer " + string(to)}, on.calls)
		require.Equal(t, "transfer the leadership to "+string(to), bound.String())
		require.Equal(t, Damage{Momentary: true}, bound.Damage())
	})
}

func TestALeadershipThatCannotBeHandedOverSaysWhy(t *testing.T) {
	v := view(3, 1)
	v.Held = []Damage{{Nodes: []history.NodeID{"n1"}}}
	for to, says := range map[history.NodeID]string{"n2": "n2 leads already", "n1": "n1 is still under another fault", "n9": `there is no node "n9"`} {
		_, err := Transfer{To: to}.Bind(v)
		require.ErrorContains(t, err, "bind transfer the leadership to "+string(to)+": "+says)
	}
	v.Leader = ""
	_, err := Transfer{To: "n3"}.Bind(v)
	require.ErrorIs(t, err, ErrNoLeader)
	f, err := Transfer{}.Bind(view(2, 1))
	require.NoError(t, err)
	require.EqualError(t, f.Inject(t.Context(), &recorded{err: errors.New("too far behind")}), "transfer the leadership to n1: too far behind")
}

// faultOn returns a fault of the kind on one node.
func faultOn(kind string, n history.NodeID) Fault {
	targets := Targets{Names: []history.NodeID{n}}
	switch kind {
	case "kill":
		return Kill{targets}
	case "pause":
		return Pause{targets}
	case "partition":
		return Partition{Shape: Isolate, Targets: targets}
	case "member":
		return Member{targets}
	case "transfer":
		return Transfer{To: n}
	case "power":
		return Power{targets}
	case "replace":
		return Replace{targets}
	case "clock":
		return Clock{Targets: targets, Rate: 80}
	case "disk":
		return Disk{targets, cluster.DiskSlow}
	case "traffic":
		return Traffic{Targets: targets, Loss: 10}
	default:
		panic("no kind " + kind)
	}
}
