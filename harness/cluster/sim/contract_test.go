package sim

import (
	"testing"

	"senkei/harness/cluster"
	"senkei/harness/cluster/clustertest"
	"senkei/harness/systems/node"
)

func TestContract(t *testing.T) {
	clustertest.Run(t, clustertest.Subject{
		Runtime: func(*testing.T) cluster.Runtime { return Runtime{Options: ordinary()} },
		System:  node.System{},
	})
}
