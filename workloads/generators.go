package workloads

import (
	"time"

	"senkei/history"
)

// restAfterFailure keeps a client from asking a node that is down all the time.
const restAfterFailure = 50 * time.Millisecond

// Timed wraps a generator that has no regard to time, as the main phase of a workload: at most
// o.Rate requests a second, and a client rests a while after an operation that was not
// answered with a result.
func Timed(g Generator, o Options) Generator { return pace(rest(g, restAfterFailure), o.Rate) }

// paced spreads requests evenly over time.
type paced struct {
	Generator
	interval time.Duration
	due      time.Duration // of the next request
}

// slack is how much of a delay is caught up with. It makes up for a caller that wakes
// late, but not for clients that were all waiting.
const slack = 10 * time.Millisecond

// pace limits g to rate requests a second, if rate is not 0.
func pace(g Generator, rate float64) Generator {
	if rate == 0 {
		return g
	}
	return &paced{Generator: g, interval: time.Duration(float64(time.Second) / rate)}
}

func (p *paced) Next(v View) Next {
	if v.Now < p.due {
		return Next{Status: Pending, At: p.due}
	}
	next := p.Generator.Next(v)
	if next.Status == Ready {
		p.due = max(p.due+p.interval, v.Now-slack)
	}
	return next
}

// rested lets a client rest after an operation that was not answered with a result. A node
// that is down refuses at once, or breaks the connection at once, and would fill the
// history with operations that prove nothing.
type rested struct {
	Generator
	pause time.Duration
	slots map[history.Process]int // of the operations that are open
	until map[int]time.Duration   // by slot, for those that rest
	ready []Client                // reused by Next
}

// rest wraps g so that a slot rests for pause after an operation that is not OK.
func rest(g Generator, pause time.Duration) Generator {
	return &rested{Generator: g, pause: pause, slots: map[history.Process]int{}, until: map[int]time.Duration{}}
}

func (r *rested) Next(v View) Next {
	var wake time.Duration // when the first of those that rest is ready
	r.ready = r.ready[:0]
	for _, c := range v.Free {
		until, resting := r.until[c.Slot]
		switch {
		case !resting:
			r.ready = append(r.ready, c)
		case until <= v.Now:
			delete(r.until, c.Slot)
			r.ready = append(r.ready, c)
		case wake == 0 || until < wake:
			wake = until
		}
	}
	v.Free = r.ready
	next := r.Generator.Next(v)
	switch next.Status {
	case Ready:
		r.slots[next.Client.Process] = next.Client.Slot
	case Pending:
		next.At = earliest(next.At, wake)
	}
	return next
}

func (r *rested) Done(op history.Op) {
	slot, ours := r.slots[op.Process]
	delete(r.slots, op.Process)
	if ours && op.Outcome != history.OK {
		r.until[slot] = op.End + r.pause
	}
	r.Generator.Done(op)
}

// earliest returns the earlier of two times of which 0 means never.
func earliest(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
