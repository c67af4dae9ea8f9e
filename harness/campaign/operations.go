package campaign

import (
	"math/rand/v2"
	"time"

	"senkei/harness/systems/reference"
	"senkei/history"
	"senkei/node/kv"
	"senkei/workloads"
)

// drawOperations lets a workload's own generator decide what clients do, as if a perfect
// store answered at once: a plan must know the operations before anything happens. It
// returns those of the time until end, about count, and those of the final reads.
func drawOperations(rng *rand.Rand, w workloads.Workload, o workloads.Options, nodes []history.NodeID, end time.Duration, count int) ([]Operation, []history.Input) {
	store := perfect{kv.New(1)}
	phases := w.Phases(o)
	main := phases.Main
	clients := make([]workloads.Client, o.Clients)
	free := make([]time.Duration, o.Clients)
	pause := max(end*time.Duration(o.Clients)/time.Duration(count), time.Millisecond) // mean, of one client
	for i := range clients {
		clients[i] = workloads.Client{Slot: i, Process: history.Process(i), Node: nodes[i%len(nodes)]}
		free[i] = time.Duration(rng.Int64N(int64(pause)))
	}
	var ops []Operation
	for {
		slot := earliest(free)
		now := free[slot]
		if now >= end || len(ops) >= operationsMax {
			break
		}
		free[slot] += time.Millisecond + time.Duration(rng.Int64N(int64(2*pause)))
		next := main.Next(workloads.View{Now: now, Free: clients[slot : slot+1], Rand: rng})
		switch next.Status {
		case workloads.Ready:
			ops = append(ops, Operation{At: now, Client: slot, Input: next.Input})
			main.Done(store.answer(clients[slot], next.Input, now))
		case workloads.Pending:
			free[slot] = max(next.At, now+time.Millisecond)
		case workloads.Exhausted:
			free[slot] = end
		}
	}
	var final []history.Input
	for reads := phases.Final(); ; {
		next := reads.Next(workloads.View{Now: end, Free: clients[:1], Rand: rng})
		if next.Status != workloads.Ready {
			return ops, final
		}
		final = append(final, next.Input)
		reads.Done(store.answer(clients[0], next.Input, end))
	}
}

func earliest(times []time.Duration) int {
	first := 0
	for i, t := range times {
		if t < times[first] {
			first = i
		}
	}
	return first
}

// perfect is a store of one server that answers everything at once: the reference node's own.
type perfect struct{ *kv.Store }

func (p perfect) answer(c workloads.Client, in history.Input, now time.Duration) history.Op {
	op := history.Op{Process: c.Process, Node: c.Node, In: in, Outcome: history.Failed, Start: now, End: now}
	request, err := reference.Translate(in)
	if err != nil {
		return op // which the simulator refuses as well
	}
	var result kv.Result
	if request.Query != nil {
		result = p.Read(*request.Query)
	} else {
		result, _ = p.Apply(p.Applied()+1, &request.Command)
	}
	if op.Out, err = reference.Output(in, result); err == nil {
		op.Outcome = history.OK
	}
	return op
}
