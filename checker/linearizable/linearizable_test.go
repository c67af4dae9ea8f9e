package linearizable_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

// bare hides everything optional of a model: no pruning, no shrinking, no story.
type bare struct{ model.Model[history.Value] }

var (
	register = linearizable.Of(models.Register{})
	kv       = linearizable.Of(models.KV{})
	plain    = linearizable.Of(bare{models.Register{}})
)

// eachRandom runs what on thousands of small histories, half of them with a lie.
func eachRandom(t *testing.T, n int, what func(t *testing.T, ops []history.Op, lie bool)) {
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 1))
		lie := seed%2 == 1
		ops := randomOps(r, 1+r.IntN(6), seed%4 < 2, lie)
		what(t, ops, lie)
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, dump(ops))
		}
	}
}

func dump(ops []history.Op) string {
	var b strings.Builder
	for _, op := range ops {
		fmt.Fprintf(&b, "\n%3d..%d process %d: %s", op.Invoke, op.Complete, op.Process, op)
	}
	return b.String()
}

func TestTheSearchAgreesWithTryingEveryOrder(t *testing.T) {
	invalid := 0
	eachRandom(t, 10_000, func(t *testing.T, ops []history.Op, lie bool) {
		want := checker.Invalid
		if oracle(ops) {
			want = checker.Valid
		} else {
			invalid++
		}
		if !lie && want != checker.Valid {
			t.Error("a real register made this")
		}
		h := history.History{Ops: ops}
		if got := register.CheckKey(t.Context(), "", h, checker.Limits{}); got.Status != want {
			t.Errorf("pruned search: %s, every order: %s", got.Status, want)
		}
		if got := plain.CheckKey(t.Context(), "", h, checker.Limits{}); got.Status != want {
			t.Errorf("plain search: %s, every order: %s", got.Status, want)
		}
	})
	require.Greater(t, invalid, 500, "too few violations to compare")
}

func TestAnExplanationHoldsUnderTheOracle(t *testing.T) {
	for name, c := range map[string]checker.Keyed{"reduced": register, "not reduced": plain} {
		t.Run(name, func(t *testing.T) {
			eachRandom(t, 10_000, func(t *testing.T, ops []history.Op, lie bool) {
				v := c.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
				if v.Status != checker.Invalid {
					return
				}
				requireSound(t, ops, checker.CoreOf(v.Evidence))
				requireOrder(t, checker.CoreOf(v.Evidence))
				if v.Reason == "" || v.Reason != checker.CoreOf(v.Evidence).Sentences[0] || strings.Contains(strings.Join(checker.CoreOf(v.Evidence).Sentences, ""), "%!") {
					t.Errorf("badly told: %q", checker.CoreOf(v.Evidence).Sentences)
				}
			})
		})
	}
}

// requireSound checks that the core is bad and its culprit where ops went bad.
func requireSound(t *testing.T, ops []history.Op, e *checker.Core) {
	if oracle(e.Ops) {
		t.Errorf("the core is linearizable: %s", dump(e.Ops))
	}
	if !slices.ContainsFunc(e.Ops, func(op history.Op) bool { return op == e.Culprit }) {
		t.Error("the core lacks the culprit")
	}
	if !oracle(before(ops, e.Culprit.Complete)) {
		t.Error("a shorter prefix was bad already")
	}
}

func TestLeavingOutRemovableOperationsInventsNoViolation(t *testing.T) {
	eachRandom(t, 10_000, func(t *testing.T, ops []history.Op, lie bool) {
		ops = slices.DeleteFunc(ops, func(op history.Op) bool {
			return op.Outcome == history.Failed || op.Outcome == history.Unknown && op.In.F == history.Read
		})
		if lie || len(ops) == 0 {
			return
		}
		removable := models.Register{}.Hints().Removable(ops)
		for chosen := range 1 << len(ops) {
			var rest []history.Op
			for i, op := range ops {
				if !removable[i] || chosen>>i&1 == 0 {
					rest = append(rest, op)
				}
			}
			if !oracle(rest) {
				t.Errorf("of a legal history this was left: %s", dump(rest))
			}
		}
	})
}

// before returns the operations as they were known just before a position.
func before(ops []history.Op, position int) []history.Op {
	var cut []history.Op
	for _, op := range ops {
		if op.Invoke >= position {
			continue
		}
		if op.Complete >= position && op.Outcome == history.OK {
			op.Outcome, op.Out, op.Complete = history.Unknown, history.Output{}, history.Never
		}
		cut = append(cut, op)
	}
	return cut
}

// requireOrder checks the longest legal order of an explanation, and that exactly the
// operations which might follow are refused.
func requireOrder(t *testing.T, e *checker.Core) {
	var list []history.Op
	for _, id := range e.Order {
		at := slices.IndexFunc(e.Ops, func(op history.Op) bool { return op.ID == id })
		list = append(list, e.Ops[at])
	}
	if !legalOrder(list) {
		t.Errorf("order %v is not legal", e.Order)
	}
	var refused []int
	for _, next := range e.Ops {
		rest := slices.DeleteFunc(slices.Clone(e.Ops), func(op history.Op) bool { return slices.Contains(e.Order, op.ID) })
		follows := slices.ContainsFunc(rest, func(op history.Op) bool { return op.Complete < next.Invoke })
		if slices.Contains(e.Order, next.ID) || follows || next.Outcome == history.Unknown {
			continue
		}
		refused = append(refused, next.ID)
		if legalOrder(append(slices.Clone(list), next)) {
			t.Errorf("operation %d could follow %v", next.ID, e.Order)
		}
	}
	for i, r := range e.Refused {
		if i >= len(refused) || r.Op.ID != refused[i] || r.Reason == "" {
			t.Errorf("refused are %v, not %v", e.Refused, refused)
		}
	}
	if len(e.Refused) != len(refused) || len(refused) == 0 {
		t.Errorf("refused are %v, not %v", e.Refused, refused)
	}
}

func TestOneHistoryHasOneVerdict(t *testing.T) {
	eachRandom(t, 500, func(t *testing.T, ops []history.Op, _ bool) {
		h := history.History{Ops: ops, Faults: []history.Span{{Kind: "kill", From: 1, To: 3}}}
		first, err := json.Marshal(register.Check(t.Context(), h, checker.Limits{}))
		require.NoError(t, err)
		second, err := json.Marshal(register.Check(t.Context(), h, checker.Limits{}))
		require.NoError(t, err)
		if string(first) != string(second) {
			t.Errorf("%s\n%s", first, second)
		}
	})
}

func TestAVerdictSurvivesJSON(t *testing.T) {
	eachRandom(t, 500, func(t *testing.T, ops []history.Op, _ bool) {
		v := register.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		var again checker.Verdict
		require.NoError(t, json.Unmarshal(encoded, &again))
		require.Equal(t, v, again)
	})
}

// hopeless returns concurrent appends of different texts of which nobody can say what comes
// of them without trying their orders, and a read that fits none. The first text is empty, so
// that its access cannot be inferred from values.
func hopeless(key string, writes int) history.History {
	var h history.History
	texts := []string{""}
	for i := range writes {
		texts = append(texts, fmt.Sprint(i))
		h.Ops = append(h.Ops, history.Op{
			ID: i, Process: history.Process(i), In: history.Input{F: history.Append, Key: key, Value: history.Text(texts[i])},
			Outcome: history.OK, Invoke: i, Complete: writes + i,
		})
	}
	h.Ops = append(h.Ops, history.Op{
		ID: writes, Process: history.Process(writes), In: history.Input{F: history.Read, Key: key},
		Out: history.Output{Value: "true"}, Outcome: history.OK, Invoke: 2 * writes, Complete: 2*writes + 1,
	})
	return h
}

// countdown is a context that ends after it was asked for its error some times: time
// without a clock.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left == 0 {
		return context.DeadlineExceeded
	}
	c.left--
	return nil
}

func TestAHopelessHistoryIsUnknownWhenTheTimeIsOver(t *testing.T) {
	for _, left := range []int{0, 1, 20} {
		v := kv.Check(&countdown{t.Context(), left}, hopeless("k7", 40), checker.Limits{})
		require.Equal(t, checker.Unknown, v.Status)
		require.Contains(t, v.Reason, "key k7: 41 operations could not be judged in the time given")
		require.Contains(t, v.Reason, "; use fewer operations per key, or raise --check-time")
		if left == 20 {
			require.Contains(t, v.Reason, "(the depth-first search got furthest: past the ends of 40 of 41)")
		}
		require.Nil(t, checker.CoreOf(v.Evidence))
	}
}

func TestAHopelessHistoryIsUnknownWhenTheMemoryIsUsedUp(t *testing.T) {
	for bytes, text := range map[int64]string{1 << 20: "1 MiB", 100_000: "100000 bytes"} {
		v := kv.Check(t.Context(), hopeless("k7", 40), checker.Limits{MemoryBytes: bytes})
		require.Equal(t, checker.Unknown, v.Status)
		require.Equal(t, "key k7: 41 operations need more than "+text+" of memory (the depth-first search got furthest: past the ends of 40 of 41); use fewer operations per key, or raise --memory", v.Reason)
	}
	require.Equal(t, "key k7: 41 operations need more than 100 bytes of memory; use fewer operations per key, or raise --memory",
		kv.Check(t.Context(), hopeless("k7", 40), checker.Limits{MemoryBytes: 100}).Reason)
}

func TestAViolationStaysOneWhenTheTimeEndsDuringItsExplanation(t *testing.T) {
	invalid := 0
	eachRandom(t, 400, func(t *testing.T, ops []history.Op, lie bool) {
		if !lie || oracle(ops) {
			return
		}
		for left := 2; left < 40; left++ {
			v := register.CheckKey(&countdown{t.Context(), left}, "", history.History{Ops: ops}, checker.Limits{})
			if v.Status != checker.Invalid || len(checker.CoreOf(v.Evidence).Sentences) == 0 || oracle(checker.CoreOf(v.Evidence).Ops) {
				t.Errorf("time left for %d steps: %+v", left, v)
			}
			invalid++
		}
	})
	require.NotZero(t, invalid)
}

func TestEachKeyIsJudgedOnItsOwn(t *testing.T) {
	bad := history.History{Ops: []history.Op{{
		In: history.Input{F: history.Read, Key: "bad"}, Out: history.Output{Value: "1"}, Outcome: history.OK, Invoke: 0, Complete: 1,
	}}}
	good := history.Op{ID: 2, Process: 9, In: history.Input{F: history.Read, Key: "good"}, Outcome: history.OK, Invoke: 8, Complete: 9}
	h := history.History{Ops: append(bad.Ops, good)}
	v := register.Check(t.Context(), h, checker.Limits{})
	require.Equal(t, checker.Invalid, v.Status)
	require.Equal(t, "linearizable register", v.Property)
	require.Equal(t, "bad", checker.CoreOf(v.Evidence).Key)
	require.Len(t, v.Parts, 2)
	require.Equal(t, checker.Verdict{Property: "linearizable register", Key: "good", Status: checker.Valid, Summary: "the history is linearizable"}, v.Parts[1])
	require.Equal(t, v.Parts[0], register.CheckKey(t.Context(), "bad", bad, checker.Limits{}))
}

func TestAnEmptyHistoryIsUnknown(t *testing.T) {
	v := register.Check(t.Context(), history.History{}, checker.Limits{})
	require.Equal(t, checker.Unknown, v.Status)
	require.Equal(t, "nothing was checked", v.Reason)
}

// busy is a long valid history of one key: clients that overlap, reads, writes and
// compare-and-sets with values never used twice, some outcomes unknown.
func busy(r *rand.Rand, clients, operations int) []history.Op {
	var ops []history.Op
	cell, position, fresh := history.Absent, 0, int64(0)
	open := make([]int, clients) // index of the open operation, +1
	for len(ops) < operations {
		c := r.IntN(clients)
		if at := open[c]; at > 0 {
			open[c] = 0
			op := &ops[at-1]
			if r.IntN(20) == 0 {
				op.Out = history.Output{}
			} else {
				op.Outcome, op.Complete = history.OK, position
			}
		} else {
			op := history.Op{ID: len(ops), Process: history.Process(c), Invoke: position, Complete: history.Never}
			op.In.F = []history.Func{history.Read, history.Write, history.CAS}[r.IntN(3)]
			if fresh++; op.In.F != history.Read {
				op.In.Value = history.Int(fresh)
			}
			if op.In.F == history.CAS {
				op.In.Expect = cell
			}
			cell = effect(&op, cell)
			ops = append(ops, op)
			open[c] = len(ops)
		}
		position++
	}
	for _, at := range open {
		if at > 0 {
			ops[at-1].Out = history.Output{}
		}
	}
	return ops
}

// stale makes the last read return what the register held before many writes.
func stale(ops []history.Op) {
	var old history.Value
	for _, op := range ops {
		if op.In.F == history.Write && op.Outcome == history.OK && old == history.Absent {
			old = op.In.Value
		}
	}
	for i := len(ops) - 1; i >= 0; i-- {
		if ops[i].In.F == history.Read && ops[i].Outcome == history.OK {
			ops[i].Out.Value = old
			return
		}
	}
}

func TestALongHistoryIsJudgedAndItsStaleReadReducedToAHandful(t *testing.T) {
	for seed := range uint64(5) {
		ops := busy(rand.New(rand.NewPCG(seed, 2)), 10, 400)
		require.Equal(t, checker.Valid, register.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{}).Status)
		stale(ops)
		v := register.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
		require.Equal(t, checker.Invalid, v.Status)
		require.LessOrEqual(t, len(checker.CoreOf(v.Evidence).Ops), 5, dump(checker.CoreOf(v.Evidence).Ops))
		require.Contains(t, v.Reason, ", which had been overwritten: ")
	}
}

func BenchmarkValid(b *testing.B)   { benchmark(b, func([]history.Op) {}) }
func BenchmarkInvalid(b *testing.B) { benchmark(b, stale) }

func benchmark(b *testing.B, spoil func([]history.Op)) {
	ops := busy(rand.New(rand.NewPCG(1, 2)), 10, 400)
	spoil(ops)
	b.ReportAllocs()
	for b.Loop() {
		register.CheckKey(b.Context(), "", history.History{Ops: ops}, checker.Limits{})
	}
}
