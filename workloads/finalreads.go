package workloads

import "senkei/history"

// readAttemptsMax bounds how often the final reads ask for one key.
const readAttemptsMax = 5

// finalReads reads each key once, by whoever is free, so that the keys spread over the
// nodes and a node that does not answer holds up only its own clients. A read that ended
// otherwise than OK is repeated after the others.
type finalReads struct {
	waiting []attempt
	open    map[history.Process]attempt
}

// attempt is one try to read a key, counted from 1.
type attempt struct {
	key    string
	number int
}

// FinalReads reads each key once more, as the final phase of a workload. A read that ends
// otherwise than OK is repeated up to five times in all.
func FinalReads(keys []string) Generator { return rest(newFinalReads(keys), restAfterFailure) }

func newFinalReads(keys []string) *finalReads {
	f := &finalReads{open: map[history.Process]attempt{}}
	for _, key := range keys {
		f.waiting = append(f.waiting, attempt{key: key, number: 1})
	}
	return f
}

// Next gives the next key to any of the free clients.
func (f *finalReads) Next(v View) Next {
	switch {
	case len(f.waiting) == 0 && len(f.open) == 0:
		return Next{Status: Exhausted}
	case len(f.waiting) == 0 || len(v.Free) == 0:
		return Next{Status: Pending}
	}
	c, a := pick(v.Rand, v.Free), f.waiting[0]
	f.waiting = f.waiting[1:]
	f.open[c.Process] = a
	return Next{Status: Ready, Client: c, Input: history.Input{F: history.Read, Key: a.key}}
}

// Done queues the read again unless it succeeded or has been tried often enough.
func (f *finalReads) Done(op history.Op) {
	a, ours := f.open[op.Process]
	delete(f.open, op.Process)
	if ours && op.Outcome != history.OK && a.number < readAttemptsMax {
		f.waiting = append(f.waiting, attempt{key: a.key, number: a.number + 1})
	}
}
