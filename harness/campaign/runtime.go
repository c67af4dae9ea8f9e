package campaign

import (
	"time"

	"senkei/harness/cluster"
	"senkei/harness/cluster/sim"
	"senkei/node/replica"
)

// Runtime returns simulated clusters for the run loop of live runs, with the settings of the
// profile standard. The seed is that of everything that happens by chance in them.
func Runtime(seed uint64, opTimeout time.Duration) cluster.Runtime {
	s := usual()
	s.Client.OpTimeout = opTimeout
	o := Plan{Seed: seed, Settings: s}.options()
	o.Replica.SnapshotMargin = replica.DefaultSnapshotMargin
	return sim.Runtime{Options: o}
}
