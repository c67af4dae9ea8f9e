package campaign

import (
	"context"
	"slices"
	"time"

	"senkei/checker"
	"senkei/history"
	"senkei/nemesis"
	"senkei/workloads"
)

// Shrunk is what shrinking came to.
type Shrunk struct {
	Plan    Plan
	Outcome Outcome
	Runs    int // that it took
}

// Shrink looks for a smaller plan that fails in the same way: in the same class, and with a
// violation that clients see if there was one. It is delta
// debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002)
// over the end, the noise, the faults, the clients and the operations, again and again until
// nothing more can go. Where ctx ends before, the result is what was reached by then. It is
// false where the plan does not fail.
func Shrink(ctx context.Context, p Plan, w workloads.Workload, o Options) (Shrunk, bool) {
	first := Run(p, w, o)
	if first.Class == "" {
		return Shrunk{Plan: p, Outcome: first, Runs: 1}, false
	}
	s := &shrinker{ctx: ctx, workload: w, options: o, best: p, outcome: first, runs: 1}
	// Names in place of "the leader", and the times at which faults were really in force.
	s.try(func(p *Plan) { p.Faults = Faults(first.Applied) })
	for _, s.luck = range []int{0, 3, 10} {
		for before := -1; before != s.size() && ctx.Err() == nil; {
			before = s.size()
			s.pass()
		}
	}
	return Shrunk{Plan: s.best, Outcome: s.outcome, Runs: s.runs}, true
}

type shrinker struct {
	ctx      context.Context
	workload workloads.Workload
	options  Options
	best     Plan
	outcome  Outcome // of best
	runs     int
	// luck is with how many other seeds a smaller plan is tried that does not fail with the
	// same: without some of its messages, others meet what happens by chance.
	luck int
}

func (s *shrinker) pass() {
	s.cutEnd()
	s.quieten()
	s.dropFaults()
	s.dropClients()
	s.dropOperations()
	s.simplify()
	s.shortenFaults()
	s.beginEarlier()
}

func (s *shrinker) size() int {
	conditions := 0
	for _, op := range s.best.Operations {
		if op.F == history.CAS {
			conditions++
		}
	}
	return conditions + len(s.best.Operations) + len(s.best.Faults) + len(s.best.Final) + int(s.best.Safety/time.Millisecond)
}

// try keeps a change if the plan still fails in the same way.
func (s *shrinker) try(change func(*Plan)) bool {
	p := s.best
	p.Operations, p.Faults, p.Final = slices.Clone(p.Operations), slices.Clone(p.Faults), slices.Clone(p.Final)
	change(&p)
	for range s.luck + 1 {
		if s.ctx.Err() != nil {
			return false
		}
		o := Run(p, s.workload, s.options)
		s.runs++
		if s.same(o) {
			s.best, s.outcome = p, o
			return true
		}
		p.Seed++
	}
	return false
}

func (s *shrinker) same(o Outcome) bool {
	seen := s.outcome.Verdict.Status != checker.Invalid || o.Verdict.Status == checker.Invalid
	return o.Class == s.outcome.Class && seen
}

// cutEnd looks for the earliest end by bisection.
func (s *shrinker) cutEnd() {
	low, high := time.Duration(0), s.best.Safety
	for high-low > s.best.Safety/50+time.Millisecond {
		middle := (low + high) / 2
		if s.try(func(p *Plan) { p.end(middle) }) {
			high = middle
		} else {
			low = middle
		}
	}
}

// end takes out what begins at or after a time.
func (p *Plan) end(at time.Duration) {
	p.Safety = at
	p.Operations = slices.DeleteFunc(p.Operations, func(op Operation) bool { return op.At >= at })
	p.Faults = slices.DeleteFunc(p.Faults, func(step nemesis.Step) bool { return step.At >= at })
}

// quieten takes out what makes a run hard to follow.
func (s *shrinker) quieten() {
	for _, quieter := range []func(*Settings){
		func(t *Settings) {
			t.Network.Loss, t.Network.Duplicate, t.Network.Reorder, t.Network.Jitter, t.Client.Loss = 0, 0, 0, 0, 0
			t.Network.DelayMax, t.Disk.SyncMax, t.Client.DelayMax = t.Network.DelayMin, t.Disk.SyncMin, t.Client.DelayMin
			t.Rates, t.WorkMax = nil, 0
		},
		func(t *Settings) { t.Network.Loss = 0 },
		func(t *Settings) { t.Network.Duplicate = 0 },
		func(t *Settings) { t.Network.Reorder = 0 },
		// What cannot be left out is easier to follow all the time than by chance.
		func(t *Settings) { t.Network.Duplicate = min(1, t.Network.Duplicate) * 10_000 },
		func(t *Settings) { t.Network.Reorder = min(1, t.Network.Reorder) * 5000 },
		func(t *Settings) { t.Network.Jitter = 0 },
		func(t *Settings) { t.Network.DelayMax = t.Network.DelayMin },
		func(t *Settings) { t.Client.Loss = 0 },
		func(t *Settings) { t.Client.DelayMax = t.Client.DelayMin },
		func(t *Settings) { t.Disk.SyncMax = t.Disk.SyncMin },
		func(t *Settings) { t.Rates = nil },
		func(t *Settings) { t.WorkMax = 0 },
		func(t *Settings) { t.Client.RetryAfter = 0 },
		func(t *Settings) { t.Client.Sessions, t.Client.RetryAfter = false, 0 },
	} {
		s.try(func(p *Plan) { quieter(&p.Settings) })
	}
	s.try(func(p *Plan) { p.Final = nil })
}

func (s *shrinker) dropFaults() {
	s.minimize(len(s.best.Faults), func(p *Plan, keep func(int) bool) { p.Faults = kept(p.Faults, keep) })
}

func (s *shrinker) dropOperations() {
	s.minimize(len(s.best.Final), func(p *Plan, keep func(int) bool) { p.Final = kept(p.Final, keep) })
	s.minimize(len(s.best.Operations), func(p *Plan, keep func(int) bool) { p.Operations = kept(p.Operations, keep) })
}

func (s *shrinker) dropClients() {
	for client := range s.best.Clients {
		s.try(func(p *Plan) {
			p.Operations = slices.DeleteFunc(p.Operations, func(op Operation) bool { return op.Client == client })
		})
	}
}

// shortenFaults lets faults hold half as long, and no longer than to the end.
func (s *shrinker) shortenFaults() {
	for i := range s.best.Faults {
		for s.best.Faults[i].For > time.Millisecond && s.try(func(p *Plan) { p.Faults[i].For /= 2 }) {
			continue
		}
	}
}

// simplify makes writes of compare-and-sets, each of which needs the one before.
func (s *shrinker) simplify() {
	for i := len(s.best.Operations) - 1; i >= 0; i-- {
		if s.best.Operations[i].F == history.CAS {
			s.try(func(p *Plan) { p.Operations[i].F, p.Operations[i].Expect = history.Write, history.Absent })
		}
	}
}

// beginEarlier takes out the time before the first thing happens.
func (s *shrinker) beginEarlier() {
	first := s.best.Safety
	for _, op := range s.best.Operations {
		first = min(first, op.At)
	}
	for _, step := range s.best.Faults {
		first = min(first, step.At)
	}
	for by := first; by > 100*time.Millisecond; by /= 2 {
		if s.try(func(p *Plan) { p.shift(by) }) {
			return
		}
	}
}

// shift lets everything happen earlier.
func (p *Plan) shift(by time.Duration) {
	p.Safety -= by
	for i := range p.Operations {
		p.Operations[i].At -= by
	}
	for i := range p.Faults {
		p.Faults[i].At -= by
	}
}

// minimize is the algorithm ddmin over n things: it drops chunks, of half of them at first
// and of one in the end, as long as the plan fails.
func (s *shrinker) minimize(n int, apply func(p *Plan, keep func(int) bool)) {
	for chunk := n; chunk >= 1; {
		dropped := false
		for from := 0; from < n; {
			to := min(from+chunk, n)
			if s.try(func(p *Plan) { apply(p, func(i int) bool { return i < from || i >= to }) }) {
				n -= to - from
				dropped = true
			} else {
				from = to
			}
		}
		if !dropped || chunk > n {
			chunk = min(chunk, n+1) / 2
		}
	}
}

func kept[T any](all []T, keep func(int) bool) []T {
	var some []T
	for i, v := range all {
		if keep(i) {
			some = append(some, v)
		}
	}
	return some
}
