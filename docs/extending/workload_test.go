package extending

import (
	"fmt"

	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
	"senkei/workloads"
)

// ReadWrite is a workload: any client reads or writes the key that is in use, and no value is
// written twice.
func ReadWrite() workloads.Workload {
	return workloads.Workload{
		Name:      "read-write",
		Summary:   "reads and writes of one key after the other",
		Functions: []history.Func{history.Read, history.Write},
		Property:  linearizable.Of(models.Register{}),
		Phases: func(o workloads.Options) workloads.Phases {
			g := &readWrite{options: o}
			return workloads.Phases{
				Main:  workloads.Timed(g, o),
				Final: func() workloads.Generator { return workloads.FinalReads(g.keys()) },
			}
		},
	}
}

type readWrite struct {
	options workloads.Options
	asked   int
}

func (g *readWrite) key(n int) string { return fmt.Sprintf("k%d", 1+n/g.options.OpsPerKey) }

// keys returns every key that was used.
func (g *readWrite) keys() (keys []string) {
	for n := 0; n < g.asked; n += g.options.OpsPerKey {
		keys = append(keys, g.key(n))
	}
	return keys
}

// Next gives a request to a client that is free.
func (g *readWrite) Next(v workloads.View) workloads.Next {
	if len(v.Free) == 0 {
		return workloads.Next{Status: workloads.Pending}
	}
	in := history.Input{F: history.Read, Key: g.key(g.asked)}
	if v.Rand.IntN(2) == 0 {
		in.F, in.Value = history.Write, history.Int(int64(g.asked))
	}
	g.asked++
	return workloads.Next{Status: workloads.Ready, Client: v.Free[v.Rand.IntN(len(v.Free))], Input: in}
}

// Done is told how each operation ended, for generators that care.
func (g *readWrite) Done(history.Op) {}
