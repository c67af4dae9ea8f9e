package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

// appends returns concurrent appends of different texts, and a read after all of them that
// found them in some order.
func appends(order []int) []history.Op {
	var ops []history.Op
	var whole strings.Builder
	for i := range order {
		ops = append(ops, history.Op{
			ID: i, Process: history.Process(i), In: history.Input{F: history.Append, Value: history.Text(fmt.Sprintf("<%d>", i))},
			Outcome: history.OK, Invoke: i, Complete: len(order) + i,
		})
		fmt.Fprintf(&whole, "<%d>", order[i])
	}
	return append(ops, history.Op{
		ID: len(order), In: history.Input{F: history.Read}, Out: history.Output{Value: history.Text(whole.String())},
		Outcome: history.OK, Invoke: 2 * len(order), Complete: 2*len(order) + 1,
	})
}

func TestAppendsOfDifferentTextsAreInferredHoweverManyAreOpen(t *testing.T) {
	backwards := make([]int, 200)
	for i := range backwards {
		backwards[i] = len(backwards) - 1 - i
	}
	kv, directly := linearizable.Of(models.KV{}), checker.Limits{Algorithm: checker.Direct}
	ops := appends(backwards)
	require.Equal(t, checker.Valid, kv.CheckKey(t.Context(), "", history.History{Ops: ops}, directly).Status)

	twice := slices.Clone(backwards)
	twice[7] = twice[6]
	for name, ops := range map[string][]history.Op{
		"an append was lost, and another one took effect twice": appends(twice),
		"two reads disagree about the order": append(appends(backwards), history.Op{
			ID: 999, In: history.Input{F: history.Read}, Out: history.Output{Value: `"<5><199>"`}, Outcome: history.OK, Invoke: 1000, Complete: 1001,
		}),
		"a read found the end of an append that came later": append(appends(backwards), history.Op{
			ID: 999, In: history.Input{F: history.Append, Value: `"<x>"`}, Outcome: history.OK, Invoke: 1000, Complete: 1001,
		}, history.Op{
			ID: 1000, In: history.Input{F: history.Read}, Out: history.Output{Value: `"<199><x>"`}, Outcome: history.OK, Invoke: 1002, Complete: 1003,
		}),
	} {
		v := kv.CheckKey(t.Context(), "", history.History{Ops: ops}, directly)
		require.Equal(t, checker.Invalid, v.Status, name)
	}
}

func TestInferenceKeepsToWhatIsCertain(t *testing.T) {
	ab := appends([]int{0, 1})
	for name, change := range map[string]func(ops []history.Op){
		"a text came twice":         func(ops []history.Op) { ops[1].In.Value, ops[2].Out.Value = ops[0].In.Value, `"<0><0>"` },
		"a text is empty":           func(ops []history.Op) { ops[1].In.Value, ops[2].Out.Value = `""`, `"<0>"` },
		"a value is a number":       func(ops []history.Op) { ops[1].In, ops[2].Out.Value = history.Input{F: history.Write, Value: "5"}, "5" },
		"one text ends another one": func(ops []history.Op) { ops[1].In.Value, ops[2].Out.Value = `"0>"`, `"0><0>"` },
	} {
		ops := slices.Clone(ab)
		change(ops)
		_, ok := models.KV{}.Infer(ops)
		require.False(t, ok, name)
		require.Equal(t, checker.Valid, linearizable.Of(models.KV{}).CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{}).Status, name)
	}
	_, ok := models.KV{}.Infer(ab)
	require.True(t, ok)
}

func TestACoreFoundByInferenceIsAViolationWithoutIt(t *testing.T) {
	read := history.Input{F: history.Read}
	add := func(text history.Value) history.Input { return history.Input{F: history.Append, Value: text} }
	told := func(id, invoke, complete int, in history.Input, out history.Output) history.Op {
		return history.Op{ID: id, Process: history.Process(id), In: in, Out: out, Outcome: history.OK, Invoke: invoke, Complete: complete}
	}
	lost := func(id, invoke int, in history.Input) history.Op {
		return history.Op{ID: id, Process: history.Process(id), In: in, Invoke: invoke, Complete: history.Never}
	}
	for name, ops := range map[string][]history.Op{
		"a lost append shows twice in one value": {
			told(0, 0, 4, add(`"a"`), history.Output{}), told(1, 1, 7, add(`"f"`), history.Output{}), lost(2, 3, add(`"e"`)),
			told(3, 5, 10, read, history.Output{Value: `"efe"`}),
		},
		"an append and a swap made of each other what was read": {
			told(0, 1, 5, read, history.Output{Value: `"ab"`}),
			told(1, 2, 6, history.Input{F: history.CAS, Expect: `"ab"`, Value: `"a"`}, history.Output{Value: `"b"`}),
			lost(2, 3, add(`"b"`)),
		},
	} {
		v := linearizable.Of(models.KV{}).CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
		require.Equal(t, checker.Invalid, v.Status, name)
		core := history.History{Ops: checker.CoreOf(v.Evidence).Ops}
		plain := linearizable.Of[history.Value](bare[history.Value]{models.KV{}})
		require.Equal(t, checker.Invalid, plain.CheckKey(t.Context(), "", core, checker.Limits{}).Status, "%s: %v", name, checker.CoreOf(v.Evidence).Ops)
	}
}
