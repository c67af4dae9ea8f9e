package consistency

import (
	"cmp"
	"fmt"
	"slices"

	"senkei/checker"
	"senkei/history"
)

// access is an operation that took effect: what it found in its key, and what it stored there. A
// compare-and-set that swapped does both.
type access struct {
	op            *history.Op
	session       int
	index         int // within its session, from 1
	key           int
	reads, stores bool
	found, stored history.Value
	// foundAt and storedAt number these values of the key, if it reads and if it stores.
	foundAt, storedAt int
	// from is the access whose value it found, or one of the two below.
	from int
	// maybe marks a write of unknown outcome of which it cannot be told whether it was
	// observed, because its value was written twice.
	maybe bool
}

const (
	initial = -1 // it found the key as it was in the beginning
	untold  = -2 // it read nothing, or which write it saw cannot be told
)

// place is one value of one key.
type place struct {
	key   int
	value history.Value
}

// writers holds for each place the accesses that may have stored it; initial for what its key
// holds in the beginning.
type writers [][]int

// impossibility is a result that no order of the operations explains.
type impossibility struct {
	access int
	why    string
}

// record is a history as the models of this package see it.
type record struct {
	accesses []access
	sessions [][]int // numbers of accesses, in the order of their invocation
	keys     int
	start    []int // by key: the place of what it holds in the beginning
	writers  writers
	// impossible lists reads of what nobody wrote, and refusals of what was expected.
	impossible []impossibility
	ambiguous  string // why not every value can be traced to one write; empty if all can
}

// recordBytes is about what a record holds for each access, with what the check of one key adds.
const recordBytes = 384

// gather brings operations, by Invoke, into a record.
func gather(ops []history.Op) *record {
	accesses, starts, places := candidates(ops)
	certain, maybe := observed(accesses, writersOf(accesses, places, starts))
	r := &record{}
	sessions, keys := map[history.Process]int{}, map[int]int{}
	for i, a := range accesses {
		if !certain[i] && !maybe[i] {
			continue
		}
		a.maybe = !certain[i]
		start := starts[a.key]
		if a.key = number(keys, a.key); a.key == len(r.start) {
			r.start = append(r.start, start)
		}
		if a.session = number(sessions, a.op.Process); a.session == len(r.sessions) {
			r.sessions = append(r.sessions, nil)
		}
		r.sessions[a.session] = append(r.sessions[a.session], len(r.accesses))
		a.index = len(r.sessions[a.session])
		accesses[len(r.accesses)] = a
		r.accesses = accesses[:len(r.accesses)+1]
	}
	r.keys = len(keys)
	r.writers = writersOf(r.accesses, places, r.start)
	for i := range r.accesses {
		r.trace(i)
	}
	return r
}

// candidates returns the accesses that may have taken place, the place where each key starts, and how many
// places there are.
func candidates(ops []history.Op) (accesses []access, starts []int, places int) {
	keys, numbers := map[string]int{}, make(map[place]int, len(ops)/2)
	accesses = make([]access, 0, len(ops))
	for i := range ops {
		op := &ops[i]
		if op.Outcome == history.Failed || op.Outcome == history.Unknown && op.In.F == history.Read {
			continue
		}
		a := access{op: op, from: untold, key: number(keys, op.In.Key)}
		if a.key == len(starts) {
			starts = append(starts, number(numbers, place{a.key, history.Absent}))
		}
		a.reads, a.found, a.stores, a.stored = effects(op)
		if a.reads {
			a.foundAt = number(numbers, place{a.key, a.found})
		}
		if a.stores {
			a.storedAt = number(numbers, place{a.key, a.stored})
		}
		accesses = append(accesses, a)
	}
	return accesses, starts, len(numbers)
}

// number returns the number of a name, a new one for a new name.
func number[K comparable](names map[K]int, name K) int {
	n, ok := names[name]
	if !ok {
		n = len(names)
		names[name] = n
	}
	return n
}

// effects says what an operation that took place found, and what it stored.
func effects(op *history.Op) (reads bool, found history.Value, stores bool, stored history.Value) {
	swaps := op.In.F == history.CAS && (op.Outcome == history.Unknown || op.Out.Swapped)
	if stores = op.In.F == history.Write || swaps; stores {
		stored = op.In.Value
	}
	if reads = op.In.F != history.Write; reads {
		found = op.Out.Value
		if swaps {
			found = op.In.Expect
		}
	}
	return reads, found, stores, stored
}

func writersOf(accesses []access, places int, starts []int) writers {
	w := make(writers, places)
	for _, start := range starts {
		w[start] = append(w[start], initial)
	}
	for i, a := range accesses {
		if a.stores {
			w[a.storedAt] = append(w[a.storedAt], i)
		}
	}
	return w
}

// observed says which accesses took place for certain, and which may have: a write of unknown
// outcome took place where only it can have stored what another one found.
func observed(accesses []access, writers writers) (certain, maybe []bool) {
	certain, maybe = make([]bool, len(accesses)), make([]bool, len(accesses))
	spread := func(took []bool, start []int, alone bool) {
		for len(start) > 0 {
			a := accesses[start[0]]
			start = start[1:]
			if !a.reads {
				continue
			}
			at := writers[a.foundAt]
			if alone && len(at) > 1 {
				continue
			}
			for _, w := range at {
				if w != initial && !certain[w] && !took[w] {
					took[w] = true
					start = append(start, w)
				}
			}
		}
	}
	var all []int
	for i, a := range accesses {
		if a.op.Outcome == history.OK {
			certain[i] = true
			all = append(all, i)
		}
	}
	spread(certain, slices.Clone(all), true)
	for i := range accesses {
		if certain[i] && accesses[i].op.Outcome != history.OK {
			all = append(all, i)
		}
	}
	spread(maybe, all, false)
	return certain, maybe
}

// trace finds the write whose value access i found.
func (r *record) trace(i int) {
	a := &r.accesses[i]
	if !a.reads || a.maybe {
		return
	}
	if a.op.In.F == history.CAS && !a.stores && a.found == a.op.In.Expect {
		r.impossible = append(r.impossible, impossibility{i, fmt.Sprintf("%s's compare-and-set of %s was refused although it found %s, as it expected", r.process(i), name(a.op.In.Key), a.found)})
	}
	switch from := r.writers[a.foundAt]; {
	case len(from) == 0 || len(from) == 1 && from[0] == i:
		why := fmt.Sprintf("%s %s, which nobody else wrote", r.process(i), r.saw(i))
		r.impossible = append(r.impossible, impossibility{i, why})
		r.ambiguous = cmp.Or(r.ambiguous, why+", so how old that version is cannot be told")
	case len(from) == 1:
		a.from = from[0]
	default:
		r.ambiguous = cmp.Or(r.ambiguous, fmt.Sprintf("%s was written more than once to %s, so which of these writes was read cannot be told", a.found, name(a.op.In.Key)))
	}
}

// saw is access i in words as far as it reads, after the name of its process.
func (r *record) saw(i int) string {
	a := r.accesses[i]
	switch {
	case a.op.In.F == history.Read:
		return fmt.Sprintf("read %s from %s", a.found, name(a.op.In.Key))
	case a.stores:
		return fmt.Sprintf("replaced %s by %s in %s", a.found, a.stored, name(a.op.In.Key))
	default:
		return fmt.Sprintf("found %s in %s", a.found, name(a.op.In.Key))
	}
}

// wrote is access i in words as far as it stores.
func (r *record) wrote(i int) string {
	a := r.accesses[i]
	return fmt.Sprintf("wrote %s to %s", a.stored, name(a.op.In.Key))
}

// process names the process of access i.
func (r *record) process(i int) string { return "process " + r.accesses[i].op.Process.String() }

// ops are the operations of accesses, each once; initial and untold are left out.
func (r *record) ops(accesses ...int) []history.Op {
	var ops []history.Op
	var done []int
	for _, i := range accesses {
		if i >= 0 && !slices.Contains(done, i) {
			done = append(done, i)
			ops = append(ops, *r.accesses[i].op)
		}
	}
	return ops
}

// broken is the verdict of a model that some accesses break, in the order of the reason.
func (r *record) broken(model, reason string, accesses ...int) Verdict {
	return Verdict{Model: model, Status: checker.Invalid, Reason: history.Sentence(reason), Ops: r.ops(accesses...)}
}

func name(key string) string { return cmp.Or(key, `""`) }
