package models_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

func read(found history.Value) history.Op {
	return history.Op{In: history.Input{F: history.Read}, Out: history.Output{Value: found}, Outcome: history.OK}
}

func write(v history.Value) history.Op {
	return history.Op{In: history.Input{F: history.Write, Value: v}, Outcome: history.OK}
}

func swap(from, to history.Value) history.Op {
	return history.Op{In: history.Input{F: history.CAS, Expect: from, Value: to}, Out: history.Output{Swapped: true}, Outcome: history.OK}
}

func refusal(from, to, found history.Value) history.Op {
	op := swap(from, to)
	op.Out = history.Output{Value: found}
	return op
}

func unknown(op history.Op) history.Op {
	op.Outcome, op.Out, op.Complete = history.Unknown, history.Output{}, history.Never
	return op
}

func at(invoke, complete int, op history.Op) history.Op {
	op.Invoke = invoke
	if op.Complete != history.Never {
		op.Complete = complete
	}
	return op
}

func TestWhatARegisterAllows(t *testing.T) {
	for _, c := range []struct {
		op    history.Op
		state history.Value
		next  history.Value
		why   string // empty where it is allowed
	}{
		{read("3"), "3", "3", ""},
		{read("3"), "5", "", "it returned 3 but the register held 5"},
		{read(history.Absent), "5", "", "it returned nothing but the register held 5"},
		{read("3"), history.Absent, "", "it returned 3 but the register held nothing"},
		{unknown(read("3")), "5", "5", ""},
		{write("4"), "5", "4", ""},
		{unknown(write("4")), "5", "4", ""},
		{swap("5", "6"), "5", "6", ""},
		{swap(history.Absent, "6"), history.Absent, "6", ""},
		{swap("5", "6"), "7", "", "it replaced 5 but the register held 7"},
		{unknown(swap("5", "6")), "5", "6", ""},
		{unknown(swap("5", "6")), "7", "7", ""},
		{refusal("5", "6", "7"), "7", "7", ""},
		{refusal("5", "6", "7"), "8", "", "it found 7 but the register held 8"},
		{refusal("5", "6", "5"), "5", "", "it was refused although the register held 5, as it expected"},
	} {
		next, ok := models.Register{}.Step(c.state, c.op)
		require.Equal(t, c.why == "", ok, "%s in %s", c.op, c.state)
		if ok {
			require.Equal(t, c.next, next, "%s in %s", c.op, c.state)
		} else {
			require.Equal(t, c.why, models.Register{}.Why(c.state, c.op))
		}
	}
	require.Panics(t, func() { models.Register{}.Step("1", history.Op{In: history.Input{F: "append"}}) })
}

var prune = models.Register{}.Hints().Prune

func TestPruneDropsWhatNobodyObserved(t *testing.T) {
	for _, c := range []struct {
		name string
		ops  []history.Op
		want []int // the operations that stay, by index
	}{
		{"an unknown write that nobody read", []history.Op{unknown(write("1")), read("2")}, []int{1}},
		{"an unknown write that was read", []history.Op{unknown(write("1")), read("1")}, []int{0, 1}},
		{"an unknown write found by a refused cas", []history.Op{unknown(write("1")), refusal("5", "6", "1")}, []int{0, 1}},
		{"an unknown write replaced by a cas", []history.Op{unknown(write("1")), swap("1", "2")}, []int{0, 1}},
		{"an unknown write that an unknown cas expects, whose value was read",
			[]history.Op{unknown(write("1")), unknown(swap("1", "2")), read("2")}, []int{0, 1, 2}},
		{"an unknown write that an unknown cas expects, whose value nobody saw",
			[]history.Op{unknown(write("1")), unknown(swap("1", "2"))}, nil},
		{"a write that happened", []history.Op{write("1"), swap("2", "3"), refusal("4", "5", "6")}, []int{0, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []history.Op
			for i := range c.ops {
				c.ops[i] = at(i, len(c.ops)+i, c.ops[i])
			}
			for _, i := range c.want {
				want = append(want, c.ops[i])
			}
			got := prune(c.ops)
			for i := range got {
				if got[i].Outcome == history.Unknown {
					got[i].Complete = history.Never // what ends earlier is tested below
				}
			}
			require.ElementsMatch(t, want, got)
		})
	}
}

func TestPruneEndsAnUnknownWriteAtItsFirstObserver(t *testing.T) {
	w := at(0, 0, unknown(write("1")))
	for _, c := range []struct {
		name string
		ops  []history.Op
		want int
	}{
		{"read twice", []history.Op{w, at(2, 9, read("1")), at(3, 7, read("1"))}, 7},
		{"replaced", []history.Op{w, at(2, 8, swap("1", "2"))}, 8},
		{"found by a refused cas", []history.Op{w, at(2, 6, refusal("4", "5", "1"))}, 6},
		{"stored twice", []history.Op{w, at(1, 2, write("1")), at(3, 4, read("1"))}, history.Never},
		{"perhaps stored twice", []history.Op{w, at(1, 0, unknown(swap("2", "1"))), at(3, 4, read("1"))}, history.Never},
		{"observed only by an unknown cas", []history.Op{w, at(1, 0, unknown(swap("1", "2"))), at(3, 4, read("2"))}, history.Never},
		{"observed before it began", []history.Op{at(1, 2, read("1")), at(4, 0, unknown(write("1"))), at(5, 6, read("1"))}, history.Never},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, op := range prune(c.ops) {
				if op.In == w.In {
					require.Equal(t, c.want, op.Complete)
					break
				}
			}
		})
	}
}

// A write of a value that was stored twice may take effect after the first read of that
// value: the second read is legal because of it.
func TestAnUnknownWriteMayTakeEffectAfterItsValueWasRead(t *testing.T) {
	v := judge(t, `
		{"process":1,"type":"invoke","f":"write","value":1}
		{"process":2,"type":"invoke","f":"write","value":1}
		{"process":2,"type":"ok","f":"write","value":1}
		{"process":2,"type":"invoke","f":"read","value":null}
		{"process":2,"type":"ok","f":"read","value":1}
		{"process":2,"type":"invoke","f":"write","value":2}
		{"process":2,"type":"ok","f":"write","value":2}
		{"process":2,"type":"invoke","f":"read","value":null}
		{"process":2,"type":"ok","f":"read","value":1}`)
	require.Equal(t, checker.Valid, v.Status)
}

func judge(t *testing.T, lines string) checker.Verdict {
	h, err := history.Decode(strings.NewReader(lines))
	require.NoError(t, err)
	return linearizable.Of(models.Register{}).Check(t.Context(), h, checker.Limits{})
}
