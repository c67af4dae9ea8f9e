package harness

import (
	"errors"
	"time"

	"senkei/harness/loop"
	"senkei/history"
)

// Snapshot is what a person watching a run sees.
type Snapshot struct {
	Phase   string // "driving", "healing", "final reads"
	Elapsed time.Duration
	Counts  loop.Counts
	Faults  []string // in force
	Leader  history.NodeID
	Term    uint64
	// Violations counts the keys found to be violated so far, and Noticed holds those that
	// no snapshot before told of.
	Violations int
	Noticed    []Violation
}

// progressEvery is how often a snapshot is shown.
const progressEvery = 250 * time.Millisecond

// errViolated ends a phase early because a violation was noticed and the user asked for that.
var errViolated = errors.New("a violation was noticed")

// progress is a task of the loop that shows snapshots and ends the run at a violation.
type progress struct {
	run        *run
	show       func(Snapshot)
	failFast   bool // the first violation ends the phase
	phase      string
	next       time.Duration
	violations int // noticed so far
}

func (p *progress) Due(now time.Duration) (time.Duration, error) {
	noticed := p.run.online.take()
	p.violations += len(noticed)
	if now >= p.next || len(noticed) > 0 {
		p.next = now + progressEvery
		p.show(Snapshot{
			Phase: p.phase, Elapsed: now, Counts: p.run.loop.Counts(),
			Faults: p.run.injector.InForce(), Leader: p.run.poller.leader, Term: p.run.poller.term,
			Violations: p.violations, Noticed: noticed,
		})
	}
	if p.failFast && p.violations > 0 {
		return 0, errViolated
	}
	return p.next, nil
}
