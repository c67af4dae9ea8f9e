package main

import (
	"math/rand/v2"

	"senkei/history"
)

// subject is an object that clients use.
type subject interface {
	// ask returns request n of a history, and do carries one out. Some requests are lost:
	// their clients never hear an answer.
	ask(r *rand.Rand, n int, lost bool) history.Input
	do(r *rand.Rand, in history.Input) history.Output
}

// phase is how far a client is with its operation.
type phase uint8

const (
	idle     phase = iota
	called         // the request is on its way
	losing         // the same, but the client will not hear of it
	answered       // the request took effect, the answer is on its way
)

// execution lets clients use an object, a random one of them after the other: each begins
// an operation, which takes effect at a random moment, and ends at a random moment, and then
// begins the next one at once, so that as many operations are open as there are clients. Where an
// operation ends with an unknown outcome, it takes effect at a later moment, or never, and
// another process takes its client's place.
type execution struct {
	row
	kind
	r         *rand.Rand
	subject   subject
	ops       []history.Op
	clients   []user
	adrift    []int // lost operations of which it is not decided whether they take effect
	open      int   // clients that are not idle
	position  int   // of the next event
	processes int   // that there ever were
}

type user struct {
	phase
	process history.Process
	op      int
}

func newExecution(w row, k kind, r *rand.Rand) *execution {
	e := &execution{row: w, kind: k, r: r, subject: k.make(w), ops: make([]history.Op, 0, w.Operations), processes: w.Clients}
	for i := range w.Clients {
		e.clients = append(e.clients, user{process: history.Process(i)})
	}
	return e
}

// run returns the operations, by Invoke.
func (e *execution) run() []history.Op {
	for len(e.ops) < e.Operations || e.open > 0 {
		if at := e.r.IntN(len(e.clients) + len(e.adrift)); at < len(e.clients) {
			e.step(&e.clients[at])
		} else {
			e.land(at - len(e.clients))
		}
	}
	return e.ops
}

func (e *execution) step(c *user) {
	switch c.phase {
	case idle:
		if len(e.ops) < e.Operations && (e.open == 0 || !e.alone(len(e.ops))) {
			e.invoke(c)
		}
	case called:
		op := &e.ops[c.op]
		op.Out = e.subject.do(e.r, op.In)
		c.phase = answered
	case losing:
		e.adrift = append(e.adrift, c.op)
		c.process = history.Process(e.processes)
		e.processes++
		e.next(c)
	case answered:
		op := &e.ops[c.op]
		op.Outcome, op.Complete = history.OK, e.event()
		e.next(c)
	}
}

// next ends an operation and begins another one, if there is one that need not wait.
func (e *execution) next(c *user) {
	c.phase = idle
	e.open--
	if n := len(e.ops); n < e.Operations && !e.alone(n) {
		e.invoke(c)
	}
}

func (e *execution) invoke(c *user) {
	n := len(e.ops)
	c.phase, c.op = called, n
	if !e.scripted(n) && e.r.IntN(100) < e.Unknown {
		c.phase = losing
	}
	e.ops = append(e.ops, history.Op{
		ID: n, Process: c.process, In: e.subject.ask(e.r, n, c.phase == losing), Invoke: e.event(), Complete: history.Never,
	})
	e.open++
}

// scripted reports whether request n is one of two that the kind wants to be carried out
// while nobody else does anything.
func (e *execution) scripted(n int) bool {
	return e.pauses && (n == late(e.Operations) || n == late(e.Operations)+1)
}

// alone reports whether operation n may begin only when no other one is open.
func (e *execution) alone(n int) bool { return e.scripted(n) || e.scripted(n-1) }

// land decides whether a lost operation takes effect, now or never.
func (e *execution) land(at int) {
	if e.r.IntN(2) == 0 {
		e.subject.do(e.r, e.ops[e.adrift[at]].In)
	}
	last := len(e.adrift) - 1
	e.adrift[at] = e.adrift[last]
	e.adrift = e.adrift[:last]
}

func (e *execution) event() int {
	e.position++
	return e.position - 1
}
