package consistency

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"senkei/checker"
	"senkei/history"
)

// The definitions below are slow and share no code with the checks. They know only histories
// in which every operation succeeded.

// brute is a history by process, and for each operation the write that it read from.
type brute struct {
	ops  []history.Op
	from []int // -1 the beginning, -2 reads nothing, -3 nobody wrote it
	co   [][]bool
}

func readsStores(op history.Op) (reads bool, found history.Value, stores bool, stored history.Value) {
	switch {
	case op.In.F == history.Read:
		return true, op.Out.Value, false, ""
	case op.In.F == history.Write:
		return false, "", true, op.In.Value
	case op.Out.Swapped:
		return true, op.In.Expect, true, op.In.Value
	default:
		return true, op.Out.Value, false, ""
	}
}

func newBrute(ops []history.Op) brute {
	n := len(ops)
	b := brute{ops: ops, from: make([]int, n), co: make([][]bool, n)}
	for i, op := range ops {
		b.co[i] = make([]bool, n)
		reads, found, _, _ := readsStores(op)
		b.from[i] = -2
		if !reads {
			continue
		}
		b.from[i] = -3
		if found == history.Absent {
			b.from[i] = -1
		}
		for j, w := range ops {
			if _, _, stores, stored := readsStores(w); j != i && stores && w.In.Key == op.In.Key && stored == found {
				b.from[i] = j
			}
		}
	}
	for i := range ops {
		for j := range ops {
			b.co[i][j] = i < j && ops[i].Process == ops[j].Process || b.from[j] == i
		}
	}
	for k := range ops {
		for i := range ops {
			for j := range ops {
				b.co[i][j] = b.co[i][j] || b.co[i][k] && b.co[k][j]
			}
		}
	}
	return b
}

func (b brute) cyclic() bool {
	for i := range b.ops {
		if b.co[i][i] {
			return true
		}
	}
	return false
}

// causalByPermutations tries for each operation all orders of what precedes it.
func (b brute) causalByPermutations() bool {
	if b.cyclic() {
		return false
	}
	for o, op := range b.ops {
		var past []int
		for i := range b.ops {
			if b.co[i][o] {
				past = append(past, i)
			}
		}
		reads, found, _, _ := readsStores(op)
		if refusedAtExpected(op) || reads && !b.orderable(past, nil, op.In.Key, found) {
			return false
		}
	}
	return true
}

// badPattern looks for what table 2 of Bouajjani et al. forbids, among all operations.
func (b brute) badPattern() bool {
	if b.cyclic() || slices.Contains(b.from, -3) || slices.ContainsFunc(b.ops, refusedAtExpected) {
		return true
	}
	for r, op := range b.ops {
		for w, other := range b.ops {
			_, _, stores, _ := readsStores(other)
			if b.from[r] != -2 && stores && other.In.Key == op.In.Key && b.co[w][r] && w != b.from[r] && (b.from[r] == -1 || b.co[b.from[r]][w]) {
				return true
			}
		}
	}
	return false
}

func refusedAtExpected(op history.Op) bool {
	return op.In.F == history.CAS && !op.Out.Swapped && op.Out.Value == op.In.Expect
}

// orderable reports whether the rest can follow what was placed so that the key then holds the
// value.
func (b brute) orderable(rest, placed []int, key string, value history.Value) bool {
	if len(rest) == 0 {
		holds := history.Absent
		for _, i := range placed {
			if _, _, stores, stored := readsStores(b.ops[i]); stores && b.ops[i].In.Key == key {
				holds = stored
			}
		}
		return holds == value
	}
	for at, i := range rest {
		others := slices.Delete(slices.Clone(rest), at, at+1)
		first := !slices.ContainsFunc(others, func(j int) bool { return b.co[j][i] })
		if first && b.orderable(others, append(slices.Clone(placed), i), key, value) {
			return true
		}
	}
	return false
}

// sequentialByInterleaving tries all interleavings of the processes.
func sequentialByInterleaving(sessions [][]history.Op, holds map[string]history.Value) bool {
	left := false
	for p, ops := range sessions {
		if len(ops) == 0 {
			continue
		}
		left = true
		op := ops[0]
		held := holds[op.In.Key]
		reads, found, stores, stored := readsStores(op)
		if reads && found != held || refusedAtExpected(op) {
			continue
		}
		sessions[p] = ops[1:]
		if stores {
			holds[op.In.Key] = stored
		}
		ok := sequentialByInterleaving(sessions, holds)
		sessions[p], holds[op.In.Key] = ops, held
		if ok {
			return true
		}
	}
	return !left
}

// broken says whether a session guarantee is broken, as its definition reads.
func (b brute) broken(model string) bool {
	older := func(w, newer int) bool { return w == -1 || w >= 0 && b.co[w][newer] }
	write := func(i int) bool { _, _, stores, _ := readsStores(b.ops[i]); return stores }
	so := func(i, j int) bool { return i < j && b.ops[i].Process == b.ops[j].Process }
	key := func(i int) string { return b.ops[i].In.Key }
	all := len(b.ops)
	for r := range all {
		if b.from[r] == -2 || b.from[r] == -3 {
			continue
		}
		stale := func(w int) bool { return w >= 0 && key(w) == key(r) && w != b.from[r] && older(b.from[r], w) }
		for a := range all {
			switch model {
			case ReadYourWrites:
				if so(a, r) && write(a) && stale(a) {
					return true
				}
				continue
			case MonotonicReads:
				if so(a, r) && stale(b.from[a]) {
					return true
				}
				continue
			}
			w := b.from[a] // a is an earlier read of a write by another session
			if !so(a, r) || w < 0 || b.ops[w].Process == b.ops[r].Process || key(w) == key(r) {
				continue
			}
			for c := range all {
				if so(c, w) && (model == MonotonicWrites && write(c) && stale(c) || model == WritesFollowReads && stale(b.from[c])) {
					return true
				}
			}
		}
	}
	return false
}

// expected is the verdict on a session guarantee.
func (b brute) expected(model string) checker.Status {
	switch {
	case b.cyclic() && model == WritesFollowReads:
		return checker.Invalid
	case b.cyclic():
		return checker.Unknown
	case !b.broken(model) && slices.Contains(b.from, -3):
		return checker.Unknown
	default:
		return is(!b.broken(model))
	}
}

// drawn draws a history of this many operations. Half of them come from replicas that lag behind, the others
// from clients that are told anything; a value is written once, unless repeat is set.
func drawn(rng *rand.Rand, repeat bool, size int) history.History {
	b := history.NewBuilder()
	processes, keys := 2+rng.IntN(3), 1+rng.IntN(3)
	value := 0
	written := make([][]history.Value, keys)
	seen := map[[2]int]int{}
	for range size {
		p, k := rng.IntN(processes), rng.IntN(keys)
		in, out := history.Input{Key: fmt.Sprint("k", k)}, history.Output{}
		from := seen[[2]int{p, k}]
		if rng.IntN(4) == 0 {
			from = 0
		}
		some := func() history.Value {
			if n := from + rng.IntN(len(written[k])+1-from); n > 0 {
				seen[[2]int{p, k}] = n
				return written[k][n-1]
			}
			return history.Absent
		}
		fresh := func() history.Value {
			if value++; repeat && rng.IntN(2) == 0 {
				return history.Int(int64(1 + rng.IntN(2)))
			}
			return history.Int(int64(value))
		}
		switch rng.IntN(8) {
		case 0, 1, 2:
			in.F, in.Value = history.Write, fresh()
			written[k] = append(written[k], in.Value)
			seen[[2]int{p, k}] = len(written[k])
		case 3:
			in.F, in.Expect, in.Value, out.Swapped = history.CAS, some(), fresh(), true
			written[k] = append(written[k], in.Value)
			seen[[2]int{p, k}] = len(written[k])
		case 4:
			in.F, in.Expect, in.Value, out.Value = history.CAS, "99", "98", some()
		default:
			in.F, out.Value = history.Read, some()
			if rng.IntN(80) == 0 {
				out.Value = "97"
			}
		}
		b.Invoke(history.Process(p), "", in, 0)
		b.Complete(history.Process(p), out, history.OK, "", 0)
	}
	h := b.History(0)
	// Results wander between processes, so that reads from the future happen too.
	for range rng.IntN(3) {
		i, j := rng.IntN(len(h.Ops)), rng.IntN(len(h.Ops))
		if a, c := &h.Ops[i], &h.Ops[j]; a.In.F == history.Read && c.In.F == history.Read && a.In.Key == c.In.Key {
			a.Out, c.Out = c.Out, a.Out
		}
		if a, c := &h.Ops[i], &h.Ops[j]; a.In.F == c.In.F && rng.IntN(3) == 0 {
			a.In, c.In, a.Out, c.Out = c.In, a.In, c.Out, a.Out
		}
	}
	return h
}

// small is a number of operations whose orders can all be tried.
func small(rng *rand.Rand) int { return 3 + rng.IntN(6) }

func bySession(ops []history.Op) [][]history.Op {
	var sessions [][]history.Op
	for _, op := range ops {
		for len(sessions) <= int(op.Process) {
			sessions = append(sessions, nil)
		}
		sessions[op.Process] = append(sessions[op.Process], op)
	}
	return sessions
}
