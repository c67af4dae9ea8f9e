package nemesis

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
)

func TestANodeIsSharedByFaultsUnlessOneWouldUndoTheOther(t *testing.T) {
	n1 := Targets{Names: []history.NodeID{"n1"}}
	for _, c := range []struct {
		held    Fault
		refused []string // on the same node
	}{
		{Kill{n1}, allKinds},
		{Pause{n1}, allKinds},
		{Member{n1}, allKinds},
		{Power{n1}, allKinds},
		{Replace{n1}, allKinds},
		{Disk{n1, cluster.DiskStalled}, allKinds},
		{Disk{n1, cluster.DiskFailing}, allKinds},
		{Disk{n1, cluster.DiskFull}, allKinds},
		{Disk{n1, cluster.DiskRotten}, allKinds},
		{Disk{n1, cluster.DiskSlow}, []string{"disk", "replace"}},
		{Clock{Targets: n1, Rate: 80}, []string{"clock"}},
		{Traffic{Targets: n1, Loss: 10}, []string{"traffic"}},
		{Partition{Shape: Isolate, Targets: n1}, []string{"partition"}},
		{Partition{Shape: Isolate, Targets: n1, Messages: []string{"Vote"}}, []string{"partition"}},
	} {
		v := view(5, 1)
		held, err := c.held.Bind(v)
		require.NoError(t, err)
		v.Held = []Damage{held.Damage()}
		for _, kind := range allKinds {
			_, err := faultOn(kind, "n1").Bind(v)
			require.Equal(t, slices.Contains(c.refused, kind), err != nil, "%s beside %s: %v", kind, held, err)
		}
	}
}
