package live

import (
	"errors"

	"senkei/harness/cluster"
)

var (
	errNoMembers  = errors.New("the system's members cannot be changed")
	errNoTransfer = errors.New("the system's leadership cannot be handed over")
)

// Offers is what every runtime with real nodes offers for clusters of the system.
func Offers(sys cluster.System) cluster.Offers {
	o := cluster.Offer(cluster.CanKill, cluster.CanPause, cluster.CanCutLinks, cluster.CanCopyLogs, cluster.CanDetach,
		cluster.CanTellStatus)
	o[cluster.CanCutKinds] = errors.New("only simulated links know the kinds of a node's messages")
	o[cluster.CanShapeTraffic] = errors.New("links between real nodes can only be cut")
	o[cluster.CanReplace] = errors.New("a real node keeps its disk and its name for the whole run")
	o[cluster.CanCutPower] = errors.New("what a real node has written and not synced outlives it in the kernel")
	o[cluster.CanSetClocks] = errors.New("real nodes share the clock of this machine")
	o[cluster.CanTroubleDisks] = errors.New("real nodes write to this machine's disk, which nothing disturbs")
	o[cluster.CanTellInvariants] = errors.New("nobody sees into a real node")
	if _, ok := sys.(cluster.MemberSystem); ok {
		o[cluster.CanChangeMembers], o[cluster.CanTransfer] = nil, nil
	} else {
		o[cluster.CanChangeMembers], o[cluster.CanTransfer] = errNoMembers, errNoTransfer
	}
	return o
}
