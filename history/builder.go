package history

import (
	"fmt"
	"time"
)

// Builder gathers a History in memory, event by event, as a Recorder does in a file: what it
// returns is what reading the Recorder's file would. It is for runs that are judged at once.
type Builder struct {
	history History
	next    int // position of the next event
	open    map[Process]int
}

// NewBuilder returns a Builder without events.
func NewBuilder() *Builder { return &Builder{open: map[Process]int{}} }

// Invoke notes that p, a client without an open operation, asks n for in.
func (b *Builder) Invoke(p Process, n NodeID, in Input, now time.Duration) {
	if _, busy := b.open[p]; busy || p < 0 {
		panic(fmt.Sprintf("history: process %s cannot invoke", p))
	}
	op := Op{ID: len(b.history.Ops), Process: p, Node: n, In: in, Invoke: b.position(), Complete: Never, Start: now, End: now}
	b.open[p] = op.ID
	b.history.Ops = append(b.history.Ops, op)
}

// Complete notes how the open operation of p ended.
func (b *Builder) Complete(p Process, out Output, outcome Outcome, errText string, now time.Duration) Op {
	id, busy := b.open[p]
	if !busy {
		panic(fmt.Sprintf("history: process %s has no open operation", p))
	}
	delete(b.open, p)
	op := &b.history.Ops[id]
	settle(op, out, outcome, shorten(errText), b.position(), now)
	return *op
}

// Inject notes that the fault with this number is in force from now on.
func (b *Builder) Inject(id int, kind, text string, now time.Duration) {
	b.history.Faults = append(b.history.Faults, Span{
		ID: id, Kind: kind, Text: text, From: b.position(), To: Never, Start: now, End: now,
	})
}

// Heal notes that the fault with this number, which is in force, is not certain to be so any
// longer.
func (b *Builder) Heal(id int, now time.Duration) {
	for i := range b.history.Faults {
		if s := &b.history.Faults[i]; s.ID == id && s.To == Never {
			s.To, s.End = b.position(), now
			return
		}
	}
	panic(fmt.Sprintf("history: fault %d is not in force", id))
}

// Leader notes that n was seen to lead in term.
func (b *Builder) Leader(n NodeID, term uint64, now time.Duration) {
	b.history.Leaders = append(b.history.Leaders, LeaderChange{Position: b.position(), Time: now, Node: n, Term: term})
}

// History returns what was gathered until now. Faults in force end, for people, at that time.
// The Builder must not be used afterwards.
func (b *Builder) History(now time.Duration) History {
	for i := range b.history.Faults {
		if s := &b.history.Faults[i]; s.To == Never {
			s.End = now
		}
	}
	return b.history
}

func (b *Builder) position() int {
	b.next++
	return b.next - 1
}
