package campaign

import (
	"time"

	"senkei/history"
	"senkei/workloads"
)

// replay is a generator that issues planned operations: each when its time has come, its
// client is free and has done with those before.
type replay struct {
	coming  []Operation       // by At
	waiting [][]history.Input // of each client: those whose time has come
	// retries makes a client repeat what did not succeed, after what it has still to do.
	retries bool
	first   history.Process // the process of client 0; the next one of a client is clients() higher
	open    int
}

func newReplay(ops []Operation, clients int) *replay {
	return &replay{coming: ops, waiting: make([][]history.Input, clients)}
}

// Next gives the next operation of a client that is free.
func (r *replay) Next(v workloads.View) workloads.Next {
	for len(r.coming) > 0 && r.coming[0].At <= v.Now {
		op := r.coming[0]
		r.waiting[op.Client], r.coming = append(r.waiting[op.Client], op.Input), r.coming[1:]
	}
	for _, c := range v.Free {
		if queue := r.waiting[c.Slot]; len(queue) > 0 {
			r.waiting[c.Slot] = queue[1:]
			r.open++
			return workloads.Next{Status: workloads.Ready, Client: c, Input: queue[0]}
		}
	}
	switch {
	case len(r.coming) > 0:
		return workloads.Next{Status: workloads.Pending, At: r.coming[0].At}
	case r.open > 0:
		return workloads.Next{Status: workloads.Pending}
	default:
		return workloads.Next{Status: workloads.Exhausted}
	}
}

// Done notes that a client is free again.
func (r *replay) Done(op history.Op) {
	r.open--
	if r.retries && op.Outcome != history.OK {
		client := int(op.Process-r.first) % len(r.waiting)
		r.waiting[client] = append(r.waiting[client], op.In)
	}
}

// finalReads asks the clients, one after the other, for every input until it is answered.
func finalReads(reads []history.Input, clients int) *replay {
	var ops []Operation
	for i, in := range reads {
		ops = append(ops, Operation{Client: i % clients, Input: in})
	}
	r := newReplay(ops, clients)
	r.retries, r.first = true, readersFrom
	return r
}

// memory is a recorder that keeps a history at hand.
type memory struct {
	*history.Builder
	givenUp int // faults that could not be had
}

func (m *memory) Invoke(p history.Process, n history.NodeID, in history.Input, now time.Duration) error {
	m.Builder.Invoke(p, n, in, now)
	return nil
}

func (m *memory) Complete(p history.Process, out history.Output, outcome history.Outcome, errText string, now time.Duration) (history.Op, error) {
	return m.Builder.Complete(p, out, outcome, errText, now), nil
}

func (m *memory) Inject(id int, kind, text string, _ any, failure error, now time.Duration) error {
	if failure != nil {
		m.givenUp++
		return nil
	}
	m.Builder.Inject(id, kind, text, now)
	return nil
}

func (m *memory) Heal(id int, _, _ string, _ any, failure error, now time.Duration) error {
	if failure == nil {
		m.Builder.Heal(id, now)
	}
	return nil
}

func (m *memory) Leader(n history.NodeID, term uint64, now time.Duration) error {
	m.Builder.Leader(n, term, now)
	return nil
}
