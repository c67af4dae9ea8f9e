package models_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

// txn returns a transaction at invoke..invoke+1 that did what it is given.
func txn(id, invoke int, done ...history.Micro) history.Op {
	asked := append([]history.Micro{}, done...)
	for i := range asked {
		if asked[i].F == history.Read {
			asked[i].Value = history.Absent
		}
	}
	return history.Op{
		ID: id, Process: history.Process(id), Outcome: history.OK, Invoke: invoke, Complete: invoke + 1,
		In:  history.Input{F: history.Txn, Value: history.Transaction(asked...)},
		Out: history.Output{Value: history.Transaction(done...)},
	}
}

func rd(key string, v history.Value) history.Micro {
	return history.Micro{F: history.Read, Key: key, Value: v}
}

func w(key string, v history.Value) history.Micro {
	return history.Micro{F: history.Write, Key: key, Value: v}
}

func add(key string, v history.Value) history.Micro {
	return history.Micro{F: history.Append, Key: key, Value: v}
}

func TestAStoreIsDividedIntoKeysThatAreOnlyReadAndWritten(t *testing.T) {
	for name, c := range map[string]struct {
		done  []history.Micro
		parts []string
	}{
		"reads and writes":            {[]history.Micro{rd("a", "1"), w("b", "2"), w("a", "3")}, []string{"a", "b"}},
		"a key without a name":        {[]history.Micro{rd("", "1"), w("b", "2")}, []string{`""`, "b"}},
		"an append":                   {[]history.Micro{add("a", "1"), w("b", "2")}, []string{"b"}},
		"a list":                      {[]history.Micro{rd("a", "[1]"), w("b", "[]"), rd("c", "")}, []string{"c"}},
		"a read of its own write":     {[]history.Micro{w("a", "1"), rd("a", "1")}, []string{"a"}},
		"a read of no write":          {[]history.Micro{w("a", "1"), rd("a", "2")}, nil},
		"two reads that do not agree": {[]history.Micro{rd("a", "1"), rd("a", "2")}, nil},
		"a read after two writes":     {[]history.Micro{w("a", "1"), w("a", "2"), rd("a", "2")}, []string{"a"}},
	} {
		var names []string
		for _, part := range (models.Store{}).Divide([]history.Op{txn(0, 0, c.done...)}) {
			names = append(names, part.Name)
		}
		require.Equal(t, c.parts, names, name)
	}
}

func TestAViolationOfOneKeyIsToldByWhatWasDoneToThatKey(t *testing.T) {
	ops := []history.Op{
		txn(0, 0, w("a", "1"), w("b", "1")),
		txn(1, 2, rd("b", "1"), w("a", "2")),
		txn(2, 4, rd("b", "1"), rd("a", "2"), w("b", "3")),
		txn(3, 6, rd("c", ""), rd("a", "1")),
		txn(4, 8, rd("b", "3")),
	}
	ops[2].Outcome, ops[2].Out, ops[2].Complete = history.Unknown, history.Output{}, history.Never
	v := linearizable.Of(models.Store{}).CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
	require.Equal(t, checker.Invalid, v.Status)
	e := checker.CoreOf(v.Evidence)
	require.Equal(t, []string{"a"}, e.Parts)
	require.Equal(t, ops[3], e.Culprit, "it is told whole")
	var core []string
	for _, op := range e.Ops {
		core = append(core, op.String())
	}
	require.Equal(t, []string{"transaction [w a 1]", "transaction [w a 2]", "transaction [r a = 1]"}, core)
	require.Equal(t, []string{
		"Process 3's read of a returned 1, which had been overwritten: process 1's write of 2 was acknowledged before the read began.",
		"A linearizable read had to return 2 or something newer.",
		"Only what concerns a is shown: that alone proves it.",
	}, e.Sentences)
}

func TestAViolationThatTakesTwoKeysIsToldWhole(t *testing.T) {
	ops := []history.Op{
		txn(0, 0, w("a", "1"), w("b", "1")),
		txn(1, 2, w("a", "2"), w("b", "2")),
		txn(2, 1, rd("a", "2"), rd("b", "1")),
		txn(3, 9, w("b", "7")),
	}
	ops[2].Complete = 8
	v := linearizable.Of(models.Store{}).CheckKey(t.Context(), "", history.History{Ops: []history.Op{ops[0], ops[2], ops[1], ops[3]}}, checker.Limits{})
	require.Equal(t, checker.Invalid, v.Status)
	require.Empty(t, checker.CoreOf(v.Evidence).Parts)
	require.Len(t, checker.CoreOf(v.Evidence).Ops, 3)
}

func TestOfAViolationInAKeyTheEarliestOneOfAllIsFound(t *testing.T) {
	ops := []history.Op{
		txn(0, 0, w("a", "1"), w("b", "1")),
		txn(1, 2, rd("a", "1"), rd("b", "")), // takes both keys: a shows that b was written
		txn(2, 4, w("a", "2")),
		txn(3, 6, rd("a", "1")), // a alone
	}
	ops[0].Complete, ops[1].Invoke = 10, 2
	ops[0].Invoke = 0
	v := linearizable.Of(models.Store{}).CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
	require.Equal(t, checker.Invalid, v.Status)
	require.Equal(t, ops[1], checker.CoreOf(v.Evidence).Culprit)
	require.Empty(t, checker.CoreOf(v.Evidence).Parts)
}

func TestAStaleReadOfAKeyIsFoundAmongValuesThatComeAgainAndAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 19))
	ask := func(r *rand.Rand) history.Input {
		var ms []history.Micro
		for _, key := range r.Perm(4)[:1+r.IntN(3)] {
			m := history.Micro{F: pick(r, history.Read, history.Write), Key: string(rune('a' + key))}
			if m.F == history.Write {
				m.Value = history.Int(r.Int64N(5))
			}
			ms = append(ms, m)
		}
		return history.Input{F: history.Txn, Value: history.Transaction(ms...)}
	}
	ops := subject{start: table{}, ask: ask}.long(r, 8, 1000, 1_000_000)
	ops = slices.DeleteFunc(ops, func(op history.Op) bool { return op.Outcome != history.OK })
	end := 0
	for _, op := range ops {
		end = max(end, op.Complete)
	}
	for i, done := range []history.Micro{w("a", "1"), rd("a", "0")} {
		ops = append(ops, txn(2000+i, end+1+2*i, done, rd("z", "")))
	}
	v := linearizable.Of(models.Store{}).CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
	require.Equal(t, checker.Invalid, v.Status)
	require.Equal(t, []string{"a"}, checker.CoreOf(v.Evidence).Parts)
	require.LessOrEqual(t, len(checker.CoreOf(v.Evidence).Ops), 4)
}
