package nemesis

import (
	"fmt"

	"senkei/history"
)

// The fault budget is what a replicated log promises to survive, and Bind holds every
// schedule to it, planned or written by hand. Whatever goes beyond it would be no fault
// of the store.
//
// Any number of nodes may stop, freeze, lose power or be cut off at the same time: what was
// acknowledged lies, synced, on the disks of a majority, and is there again with them. A
// disk that is lost or rotten takes along what its server had promised, the entries that it
// acknowledged and the votes that it gave. So only a minority of the nodes may be without
// theirs, from the loss until a blank server votes in the place of each. And meanwhile
// nobody is removed, because a minority of all nodes can be a majority of those that are
// left as members.

// losable returns how many nodes may lose their disks now.
func (v View) losable() (int, error) {
	most, lost := minority(len(v.Nodes)), 0
	for _, d := range v.Held {
		if len(d.Removed) > 0 {
			return 0, fmt.Errorf("no disk may be lost while %s is no member", list(d.Removed))
		}
		lost += len(d.Lost)
	}
	if lost >= most {
		return 0, fmt.Errorf("no more than %d of %d nodes may be without their disks, and %d are", most, len(v.Nodes), lost)
	}
	return most - lost, nil
}

// minority is the most nodes that are fewer than half of all.
func minority(nodes int) int { return (nodes - 1) / 2 }

// bindLosers returns the nodes that are to lose their disks.
func (t Targets) bindLosers(v View) (Targets, error) {
	most, err := v.losable()
	if err != nil {
		return t, err
	}
	bound, err := t.Bind(v.sparing(func(d Damage) []history.NodeID { return d.Disks }))
	if n := len(bound.Names); err == nil && n > most {
		return t, fmt.Errorf("%d nodes are too many: no more than %d of %d may lose their disks now", n, most, len(v.Nodes))
	}
	return bound, err
}

// checkLosers refuses targets that are never a minority.
func (t Targets) checkLosers() error {
	if t.Spec == All || t.Spec == Majority {
		return fmt.Errorf("targets %s are not a minority of the nodes, and the rest must keep what was acknowledged: hit fewer", t)
	}
	return t.Check()
}

// bindLeavers returns the nodes that are to be removed.
func (t Targets) bindLeavers(v View) (Targets, error) {
	for _, d := range v.Held {
		if len(d.Lost) > 0 {
			return t, fmt.Errorf("nobody may be removed while %s is without its disk", list(d.Lost))
		}
	}
	bound, err := t.Bind(v)
	if n := len(bound.Names); err == nil && n > len(v.Nodes)/2 {
		return t, fmt.Errorf("%d of %d nodes are more than half of them: remove fewer", n, len(v.Nodes))
	}
	return bound, err
}
