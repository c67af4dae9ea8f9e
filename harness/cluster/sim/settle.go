package sim

import (
	"context"
	"fmt"
	"slices"

	"senkei/harness/cluster"
	"senkei/history"
	"senkei/node/raft"
)

// After the faults comes a phase in which a majority is healed for good, and must get on
// without the rest.

// Majority returns the shortest beginning of the nodes, in the order given, that must be able
// to go on without the others: whatever configuration is in force, it has a majority of it.
// While a change of the configuration is under way it is all nodes with a usable disk. It is
// false where even those might not be enough.
func (w *World) Majority(order []history.NodeID) ([]history.NodeID, bool) {
	var usable []history.NodeID
	for _, n := range order {
		if s := w.slot(n).server; !s.disk.rotten {
			usable = append(usable, n)
		}
	}
	all := w.configurations()
	if w.Changing() {
		return usable, len(usable) == len(order) && w.suffices(usable, all)
	}
	for n := range usable {
		if w.suffices(usable[:n+1], all) {
			return usable[:n+1], true
		}
	}
	return usable, false
}

// suffices reports whether the nodes' servers are a majority of each configuration, even if
// its learners that are not among them come to vote.
func (w *World) suffices(nodes []history.NodeID, all []raft.Configuration) bool {
	for _, c := range all {
		have, others := 0, 0
		for _, member := range c.Servers {
			on := w.byID[member.ID]
			if on.wiped || !slices.Contains(nodes, on.slot.node) {
				others++
			} else if !member.Learner {
				have++
			}
		}
		if have <= others {
			return false
		}
	}
	return true
}

// Changing reports whether a change of the configuration was requested that may yet come.
func (w *World) Changing() bool {
	return slices.ContainsFunc(w.changes, func(a *admin) bool { return !a.done })
}

// Settle heals the nodes and the network for good, and separates all others from them: every
// second of those is killed as well.
func (w *World) Settle(core []history.NodeID) error {
	ctx := context.Background()
	outside := slices.DeleteFunc(slices.Clone(w.opts.Nodes), func(n history.NodeID) bool { return slices.Contains(core, n) })
	w.network.clear(len(w.slots))
	w.network.cfg.Loss, w.network.cfg.Duplicate, w.network.cfg.Reorder = 0, 0, 0
	w.opts.Clients.Loss = 0
	var between []cluster.Link
	for i, n := range outside {
		for _, m := range w.opts.Nodes {
			if n != m {
				between = append(between, cluster.Link{From: n, To: m}, cluster.Link{From: m, To: n})
			}
		}
		w.trace.moment(w.now, w.slot(n).server, "fault", "is cut off for good")
		if i%2 == 1 {
			if err := w.Kill(ctx, n); err != nil {
				return err
			}
		}
	}
	if err := w.Cut(ctx, between); err != nil {
		return err
	}
	for _, n := range core {
		s := w.slot(n).server
		w.trace.moment(w.now, s, "note", "is healed for good")
		clear(s.disk.trouble)
		s.disk.goOn()
		s.clock.set(w.now, w.usualRate(s.slot), 0)
		if err := w.Resume(ctx, n); err != nil {
			return err
		}
	}
	return w.Restart(ctx, core...)
}

// Disagreement says in what way the nodes do not agree yet, and nothing where they do: one of
// them leads and the others follow it, all that their logs hold is committed, applied and
// equal, and no request is open. Servers that are no members do not count.
func (w *World) Disagreement(core []history.NodeID) string {
	leader := w.leading()
	if leader == nil || !slices.Contains(core, leader.slot.node) {
		return "no node leads"
	}
	want := leader.status
	if want.Commit != want.LastIndex || want.Applied != want.Commit {
		return fmt.Sprintf("the leader %s has applied %d and committed %d of %d entries", leader.id, want.Applied, want.Commit, want.LastIndex)
	}
	for _, n := range core {
		s := w.slot(n).server
		if _, member := want.Configuration.Find(s.id); !member {
			continue
		}
		got := s.status
		switch {
		case s.replica == nil:
			return fmt.Sprintf("%s is down", s.id)
		case got.Leader != want.ID || got.Term != want.Term:
			return fmt.Sprintf("%s follows %q in term %d, and not %s in term %d", s.id, got.Leader, got.Term, want.ID, want.Term)
		case got.Applied != want.Applied || got.LastIndex != want.LastIndex:
			return fmt.Sprintf("%s has applied %d of %d entries, and the leader %d", s.id, got.Applied, got.LastIndex, want.Applied)
		case got.StateHash != want.StateHash:
			return fmt.Sprintf("%s and the leader %s hold different states at %d", s.id, want.ID, want.Applied)
		case got.Open > 0:
			return fmt.Sprintf("%s has %d requests open", s.id, got.Open)
		}
	}
	return ""
}

// Members returns those of the nodes whose servers belong to the configuration of the leader,
// which there must be.
func (w *World) Members(nodes []history.NodeID) []history.NodeID {
	c := w.leading().status.Configuration
	return slices.DeleteFunc(slices.Clone(nodes), func(n history.NodeID) bool {
		_, member := c.Find(w.slot(n).server.id)
		return !member
	})
}

// Leading returns the node that leads in the highest term, and that term; nothing where none
// does that could be reached.
func (w *World) Leading() (history.NodeID, uint64) {
	leader := w.leading()
	if leader == nil {
		return "", 0
	}
	return leader.slot.node, leader.status.Term
}

// Close ends the actions that wait. Nothing may be called afterwards.
func (w *World) Close() error {
	w.StopActions()
	return nil
}
