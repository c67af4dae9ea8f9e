package nemesis

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
	"senkei/history"
)

func TestANodeIsSharedByFaultsUnlessOneWouldUndoTheOther(t *testing.T) {
	all := allKinds.Names()
	n1 := Targets{Names: []history.NodeID{"n1"}}
	for _, c := range []struct {
		held    Fault
		refused []string // on the same node
	}{
		{Kill{n1}, all},
		{Pause{n1}, all},
		{Member{n1}, all},
		{Power{n1}, all},
		{Replace{n1}, all},
		{Disk{n1, cluster.DiskStalled}, all},
		{Disk{n1, cluster.DiskFailing}, all},
		{Disk{n1, cluster.DiskFull}, all},
		{Disk{n1, cluster.DiskRotten}, all},
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
		for _, kind := range all {
			_, err := faultOn(kind, "n1").Bind(v)
			require.Equal(t, slices.Contains(c.refused, kind), err != nil, "%s beside %s: %v", kind, held, err)
		}
	}
}
