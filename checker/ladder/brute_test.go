package ladder

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/models"
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

// drawn draws a small history. Half of them come from replicas that lag behind, the others
// from clients that are told anything; a value is written once, unless repeat is set.
func drawn(rng *rand.Rand, repeat bool) history.History {
	b := history.NewBuilder()
	processes, keys := 2+rng.IntN(3), 1+rng.IntN(3)
	value := 0
	written := make([][]history.Value, keys)
	seen := map[[2]int]int{}
	for range 3 + rng.IntN(6) {
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

func bySession(ops []history.Op) [][]history.Op {
	sessions := make([][]history.Op, 5)
	for _, op := range ops {
		sessions[op.Process] = append(sessions[op.Process], op)
	}
	return sessions
}

// alone judges each model by its own check, without what the rungs imply for each other.
func alone(h history.History) map[string]Rung {
	r := gather(h.Ops)
	o := newOrder(context.Background(), r, checker.DefaultMemoryBytes)
	causal := o.causal(context.Background())
	rungs := map[string]Rung{Causal: causal, Sequential: r.sequential(context.Background(), causal, checker.DefaultMemoryBytes)}
	for _, rung := range o.guarantees(context.Background()) {
		rungs[rung.Model] = rung
	}
	return rungs
}

var guaranteeModels = []string{MonotonicReads, MonotonicWrites, ReadYourWrites, WritesFollowReads}

func is(ok bool) checker.Status {
	if ok {
		return checker.Valid
	}
	return checker.Invalid
}

func TestEachCheckAgreesWithItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	counts := map[string]int{}
	for n := range 8_000 {
		h := drawn(rng, false)
		b := newBrute(h.Ops)
		rungs := alone(h)
		say := func(model string) string {
			return fmt.Sprintf("history %d: %s: %+v\n%v", n, model, rungs[model], h.Ops)
		}
		require.Equal(t, is(b.causalByPermutations()), rungs[Causal].Status, "%s", say(Causal))
		require.Equal(t, is(sequentialByInterleaving(bySession(h.Ops), map[string]history.Value{})), rungs[Sequential].Status, "%s", say(Sequential))
		thin := slices.Contains(b.from, -3)
		for _, model := range guaranteeModels {
			want := is(!b.broken(model))
			switch {
			case b.cyclic():
				want = checker.Unknown
				if model == WritesFollowReads {
					want = checker.Invalid
				}
			case thin && want == checker.Valid:
				want = checker.Unknown
			}
			require.Equal(t, want, rungs[model].Status, "%s", say(model))
		}
		for model, rung := range rungs {
			counts[model+" "+rung.Status.String()]++
			require.Equal(t, rung.Status == checker.Invalid, len(rung.Ops) > 0, "%s", say(model))
		}
	}
	t.Log(counts)
	for _, model := range append([]string{Sequential, Causal}, guaranteeModels...) {
		require.Greater(t, counts[model+" valid"], 1000, "%v", counts)
		require.Greater(t, counts[model+" invalid"], 8, "%v", counts)
	}
}

func TestSequentialIsDecidedWithRepeatedValuesToo(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range 8_000 {
		h := drawn(rng, true)
		got := alone(h)
		want := sequentialByInterleaving(bySession(h.Ops), map[string]history.Value{})
		require.Equal(t, is(want), got[Sequential].Status, "history %d: %+v\n%v", n, got[Sequential], h.Ops)
		if want {
			require.NotEqual(t, checker.Invalid, got[Causal].Status, "history %d: %+v\n%v", n, got[Causal], h.Ops)
		}
	}
}

func TestAStrongerModelImpliesTheWeakerOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	linearizable := checker.Linearizable(models.Register{}, checker.Limits{})
	for n := range 1_000 {
		h := drawn(rng, false)
		rungs := alone(h)
		if linearizable.Check(context.Background(), h).Status == checker.Valid {
			require.Equal(t, checker.Valid, rungs[Sequential].Status, "history %d: %v", n, h.Ops)
		}
		if rungs[Sequential].Status == checker.Valid {
			require.Equal(t, checker.Valid, rungs[Causal].Status, "history %d: %v", n, h.Ops)
		}
		if rungs[Causal].Status == checker.Valid {
			for _, model := range guaranteeModels {
				require.Equal(t, checker.Valid, rungs[model].Status, "history %d: %s: %v", n, model, h.Ops)
			}
		}
	}
}
