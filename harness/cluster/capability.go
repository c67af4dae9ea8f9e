package cluster

import (
	"errors"
	"fmt"
)

// Capability names one thing that can be done with a cluster beside serving clients. Faults
// say which they need (nemesis.Fault.Needs), runtimes which they offer (Runtime.Offers), and
// a cluster that has started has it by an interface of this package, which As finds.
type Capability string

const (
	// CanStart is that nodes of the system can be started at all. No cluster has an
	// interface for it.
	CanStart Capability = "start"

	CanKill          Capability = "kill"           // Killer
	CanPause         Capability = "pause"          // Pauser
	CanCutLinks      Capability = "partition"      // Network
	CanCutKinds      Capability = "message filter" // MessageFilter
	CanShapeTraffic  Capability = "traffic"        // Shaper
	CanChangeMembers Capability = "members"        // Members
	CanTransfer      Capability = "transfer"       // Leadership
	CanReplace       Capability = "replace"        // Replacer
	CanCutPower      Capability = "power"          // PowerCutter
	CanSetClocks     Capability = "clock"          // Clocks
	CanTroubleDisks  Capability = "disk"           // Disks

	CanTellStatus     Capability = "status"     // Observer
	CanCopyLogs       Capability = "logs"       // Logger
	CanDetach         Capability = "detach"     // Detacher
	CanTellInvariants Capability = "invariants" // InvariantReporter
)

// capabilities joins each capability with the interface that a cluster has it by.
var capabilities = []struct {
	name Capability
	has  func(Cluster) bool
}{
	{CanKill, has[Killer]},
	{CanPause, has[Pauser]},
	{CanCutLinks, has[Network]},
	{CanCutKinds, has[MessageFilter]},
	{CanShapeTraffic, has[Shaper]},
	{CanChangeMembers, has[Members]},
	{CanTransfer, has[Leadership]},
	{CanReplace, has[Replacer]},
	{CanCutPower, has[PowerCutter]},
	{CanSetClocks, has[Clocks]},
	{CanTroubleDisks, has[Disks]},
	{CanTellStatus, has[Observer]},
	{CanCopyLogs, has[Logger]},
	{CanDetach, has[Detacher]},
	{CanTellInvariants, has[InvariantReporter]},
}

func has[T any](c Cluster) bool {
	_, err := As[T](c)
	return err == nil
}

// Capabilities returns what a cluster that has started can do.
func Capabilities(c Cluster) []Capability {
	var all []Capability
	for _, can := range capabilities {
		if can.has(c) {
			all = append(all, can.name)
		}
	}
	return all
}

// Offers says what a runtime can do with clusters of one system: nil for a capability that
// they will have, else the reason why not, for a person. What is not in it is not offered
// either.
type Offers map[Capability]error

// Offer returns offers of CanStart and these capabilities, and of nothing else.
func Offer(capabilities ...Capability) Offers {
	o := Offers{CanStart: nil}
	for _, can := range capabilities {
		o[can] = nil
	}
	return o
}

// Lacks returns nil if all that is needed is offered, and CanStart with it. Otherwise it says
// why not of the first that is not; the error wraps errors.ErrUnsupported.
func (o Offers) Lacks(needs ...Capability) error {
	for _, can := range append([]Capability{CanStart}, needs...) {
		switch why, told := o[can]; {
		case !told:
			return fmt.Errorf("%s: %w", can, errors.ErrUnsupported)
		case why != nil:
			return unsupported{why}
		}
	}
	return nil
}

// unsupported says only the reason and is errors.ErrUnsupported all the same.
type unsupported struct{ error }

func (unsupported) Is(target error) bool { return target == errors.ErrUnsupported }
