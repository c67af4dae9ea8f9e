package workloads

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"senkei/history"
)

// simulation drives a generator on a simulated clock against registers that answer after
// a latency, as Jepsen's generator tests do.
type simulation struct {
	options Options
	// ending says how an operation ends that a client invokes at this time, and how
	// long that takes.
	ending func(rng *rand.Rand, c Client, in history.Input, now time.Duration) (history.Outcome, time.Duration)
	until  time.Duration // when nothing new is invoked any more

	now       time.Duration
	exhausted bool
	rng       *rand.Rand
	clients   []Client
	open      []history.Op // by slot; Invoke is -1 for those that are free
	registers map[string]history.Value
	ops       []history.Op // in the order of their invocation
	slots     []int        // of ops
}

func simulate(o Options, seed uint64) *simulation {
	s := &simulation{
		options: o, ending: perfect, until: 10 * time.Second,
		rng:       rand.New(rand.NewPCG(seed, 0)),
		registers: map[string]history.Value{},
	}
	for slot := range o.Clients {
		node := history.NodeID(fmt.Sprintf("n%d", slot%o.Nodes+1))
		s.clients = append(s.clients, Client{Slot: slot, Process: history.Process(slot), Node: node})
		s.open = append(s.open, history.Op{Invoke: -1})
	}
	return s
}

// perfect ends every operation well after 1 to 3 ms.
func perfect(rng *rand.Rand, _ Client, _ history.Input, _ time.Duration) (history.Outcome, time.Duration) {
	return history.OK, time.Millisecond + time.Duration(rng.Int64N(int64(2*time.Millisecond)))
}

// imperfect fails one operation in five at once and leaves one in ten unknown.
func imperfect(rng *rand.Rand, c Client, in history.Input, now time.Duration) (history.Outcome, time.Duration) {
	switch n := rng.IntN(10); {
	case n < 2:
		return history.Failed, 100 * time.Microsecond
	case n < 3:
		return history.Unknown, 200 * time.Millisecond
	default:
		return perfect(rng, c, in, now)
	}
}

// run drives g until it is exhausted, or until the time is up, and all clients are free.
// An exhausted generator is not asked again.
func (s *simulation) run(g Generator) *simulation {
	s.exhausted = false
	for {
		wake := s.issue(g)
		slot := s.firstToEnd()
		if slot < 0 && wake == 0 {
			return s
		}
		if slot < 0 || wake != 0 && wake < s.open[slot].End {
			if wake <= s.now {
				panic("pending until a time that has come")
			}
			s.now = wake
			continue
		}
		s.now = s.open[slot].End
		s.complete(g, slot)
	}
}

// issue invokes what is due and returns when the generator wants to be asked again, 0 for
// never.
func (s *simulation) issue(g Generator) time.Duration {
	for s.now < s.until && !s.exhausted {
		v := View{Now: s.now, Rand: s.rng}
		for slot, c := range s.clients {
			if s.open[slot].Invoke < 0 {
				v.Free = append(v.Free, c)
			}
		}
		next := g.Next(v)
		switch next.Status {
		case Ready:
			if !slices.Contains(v.Free, next.Client) {
				panic(fmt.Sprintf("client %v is not free", next.Client))
			}
			s.invoke(next.Client, next.Input)
		case Pending:
			return next.At
		case Exhausted:
			s.exhausted = true
		}
	}
	return 0
}

func (s *simulation) invoke(c Client, in history.Input) {
	outcome, latency := s.ending(s.rng, c, in, s.now)
	op := history.Op{
		ID: len(s.ops), Process: c.Process, Node: c.Node, In: in, Outcome: outcome,
		Invoke: len(s.ops), Start: s.now, End: s.now + latency,
	}
	if outcome != history.Failed {
		op.Out = s.apply(in)
	}
	if outcome != history.OK {
		op.Out = history.Output{}
	}
	s.open[c.Slot] = op
	s.ops, s.slots = append(s.ops, op), append(s.slots, c.Slot)
}

func (s *simulation) apply(in history.Input) history.Output {
	held := s.registers[in.Key]
	switch {
	case in.F == history.Read:
		return history.Output{Value: held}
	case in.F == history.CAS && in.Expect != held:
		return history.Output{Value: held}
	}
	s.registers[in.Key] = in.Value
	return history.Output{Swapped: in.F == history.CAS}
}

func (s *simulation) firstToEnd() int {
	first := -1
	for slot, op := range s.open {
		if op.Invoke >= 0 && (first < 0 || op.End < s.open[first].End) {
			first = slot
		}
	}
	return first
}

// complete frees the slot, and retires a process whose operation is of unknown outcome.
func (s *simulation) complete(g Generator, slot int) {
	op := s.open[slot]
	s.open[slot].Invoke = -1
	if op.Outcome == history.Unknown {
		s.clients[slot].Process += history.Process(len(s.clients))
	}
	g.Done(op)
}

// spend lets a phase last for d from now.
func (s *simulation) spend(d time.Duration) *simulation {
	s.until = s.now + d
	return s
}
