package workloads

import (
	"fmt"
	"math/rand/v2"
	"time"

	"senkei/history"
)

// Generator decides what clients do next. It never blocks and never sleeps, it draws
// randomness only from the view, and it is called by one goroutine, so that a run on
// a simulated clock is a function of its seed.
type Generator interface {
	// Next returns the next request of one of the free processes, or says that none
	// is due yet, or that there will never be another.
	Next(v View) Next
	// Done tells the generator how an operation that it asked for ended. Op.End is a
	// time of the clock that View.Now shows.
	Done(op history.Op)
}

// View is what a generator may look at while Next has not returned. It changes nothing of it.
type View struct {
	Now  time.Duration // since the run's clock began
	Free []Client      // who can take a request, by slot
	Rand *rand.Rand
}

// Client is one slot of the run. A slot is taken by a new process each time the
// process before ended with an unknown outcome; its node never changes.
type Client struct {
	Slot    int // from 0
	Process history.Process
	Node    history.NodeID
}

// Status says what Next returned.
type Status uint8

const (
	// Pending means nothing is due before Next.At, or, where At is zero, not before an
	// operation completes. When one completes, it is worth asking again in any case.
	Pending Status = iota
	// Ready means Next.Client shall invoke Next.Input now.
	Ready
	// Exhausted means that there will never be another request.
	Exhausted
)

// String returns "pending", "ready" or "exhausted".
func (s Status) String() string {
	switch s {
	case Pending:
		return "pending"
	case Ready:
		return "ready"
	case Exhausted:
		return "exhausted"
	default:
		panic(fmt.Sprintf("workloads: status %d", uint8(s)))
	}
}

// Next is a generator's answer.
type Next struct {
	Status Status
	Client Client        // of a Ready answer
	Input  history.Input // of a Ready answer
	At     time.Duration // of a Pending answer; see Pending
}
