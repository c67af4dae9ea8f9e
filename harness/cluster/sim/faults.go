package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"senkei/harness/cluster"
	"senkei/history"
)

var (
	_ cluster.Killer        = (*World)(nil)
	_ cluster.Pauser        = (*World)(nil)
	_ cluster.Network       = (*World)(nil)
	_ cluster.PowerCutter   = (*World)(nil)
	_ cluster.Clocks        = (*World)(nil)
	_ cluster.Disks         = (*World)(nil)
	_ cluster.Shaper        = (*World)(nil)
	_ cluster.MessageFilter = (*World)(nil)
)

// each does something to the server of every node.
func (w *World) each(nodes []history.NodeID, do func(*server) error) error {
	for _, n := range nodes {
		st := w.slot(n)
		if st == nil {
			return fmt.Errorf("%q is not a node of this cluster", n)
		}
		if err := do(st.server); err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
	}
	return nil
}

// Kill stops servers. What they had written stays.
func (w *World) Kill(_ context.Context, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		w.trace.moment(w.now, s, "crash", "is killed")
		w.crash(s, false)
		return nil
	})
}

// CutPower stops servers. Of what they had not synced a beginning stays.
func (w *World) CutPower(_ context.Context, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		w.trace.moment(w.now, s, "power", "loses power")
		w.crash(s, true)
		return nil
	})
}

// Restart starts servers that are down. One whose disk is damaged refuses to start, and
// stays down without that being an error of the restart.
func (w *World) Restart(_ context.Context, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		if s.replica != nil || s.wiped {
			return nil
		}
		if err := w.start(s); err != nil && !s.disk.rotten {
			return err
		}
		return nil
	})
}

// Pause freezes servers. What is sent to them waits.
func (w *World) Pause(_ context.Context, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		if s.replica == nil {
			return fmt.Errorf("it does not run")
		}
		w.trace.moment(w.now, s, "pause", "is paused")
		s.paused = true
		return nil
	})
}

// Resume lets servers go on.
func (w *World) Resume(_ context.Context, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		if !s.paused {
			return nil
		}
		w.trace.moment(w.now, s, "resume", "goes on")
		s.paused = false
		w.wake(s)
		s.disk.proceed()
		return nil
	})
}

// Cut drops what is sent on the links, and what is under way on them.
func (w *World) Cut(_ context.Context, links []cluster.Link) error {
	return w.rules(links, func(r *rule) { r.cut = true })
}

// CutKinds drops messages of these kinds, such as "Append".
func (w *World) CutKinds(_ context.Context, links []cluster.Link, kinds []string) error {
	return w.rules(links, func(r *rule) { r.kinds = kinds })
}

// Mend lets the links carry everything again.
func (w *World) Mend(_ context.Context, links []cluster.Link) error {
	return w.rules(links, func(r *rule) { r.cut, r.kinds = false, nil })
}

// Shape disturbs the links.
func (w *World) Shape(_ context.Context, links []cluster.Link, t cluster.Traffic) error {
	return w.rules(links, func(r *rule) { r.shape = &t })
}

// Unshape ends that.
func (w *World) Unshape(_ context.Context, links []cluster.Link) error {
	return w.rules(links, func(r *rule) { r.shape = nil })
}

// usualRate is how fast the clock of a node runs while nothing disturbs it.
func (w *World) usualRate(st *slot) int {
	if st.number < len(w.opts.Rates) {
		return w.opts.Rates[st.number]
	}
	return trueRate
}

func (w *World) rules(links []cluster.Link, change func(*rule)) error {
	for _, l := range links {
		from, to := w.slot(l.From), w.slot(l.To)
		if from == nil || to == nil {
			return fmt.Errorf("%s>%s is not a link of this cluster", l.From, l.To)
		}
		change(&w.network.rules[from.number][to.number])
	}
	return nil
}

// Jump moves clocks at once.
func (w *World) Jump(_ context.Context, by time.Duration, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		w.trace.moment(w.now, s, "fault", fmt.Sprintf("its clock jumps by %v", by))
		s.clock.set(w.now, s.clock.rate, by)
		return nil
	})
}

// Rate lets clocks run at so many percent of their usual speed.
func (w *World) Rate(_ context.Context, percent int, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		w.trace.moment(w.now, s, "fault", fmt.Sprintf("its clock runs at %d %%", percent))
		s.clock.set(w.now, w.usualRate(s.slot)/100*percent, 0)
		return nil
	})
}

// Trouble disturbs disks. A server whose disk rots is restarted, and refuses to start: what
// nobody reads does no harm.
func (w *World) Trouble(_ context.Context, how cluster.DiskTrouble, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		w.trace.moment(w.now, s, "fault", fmt.Sprintf("its disk is %s", how))
		if how != cluster.DiskRotten {
			s.disk.trouble[how]++
			return nil
		}
		w.crash(s, false)
		if !s.disk.rot() {
			return errors.Join(errors.New("its disk holds no log entry that could rot"), w.start(s))
		}
		if w.start(s) == nil {
			w.fail("disk protocol", s.id, "it starts from a damaged disk")
		}
		return nil
	})
}

// Cure ends the trouble of disks. Servers that stopped because of it start again; one whose
// disk is rotten is replaced.
func (w *World) Cure(ctx context.Context, how cluster.DiskTrouble, nodes ...history.NodeID) error {
	return w.each(nodes, func(s *server) error {
		s.disk.trouble[how] = max(0, s.disk.trouble[how]-1)
		switch how {
		case cluster.DiskRotten:
			if s.disk.rotten {
				return w.Replace(ctx, s.slot.node)
			}
		case cluster.DiskFailing, cluster.DiskFull:
			return w.Restart(ctx, s.slot.node)
		case cluster.DiskStalled:
			s.disk.goOn()
		}
		return nil
	})
}
