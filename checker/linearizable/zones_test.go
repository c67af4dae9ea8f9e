package linearizable_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

func TestZonesAgreeWithTryingEveryOrder(t *testing.T) {
	applied, invalid := 0, 0
	eachRandom(t, 50_000, func(t *testing.T, ops []history.Op, _ bool) {
		legal, applies := linearizable.ByZones(models.Register{}, ops)
		if !applies {
			return
		}
		applied++
		if !legal {
			invalid++
		}
		if want := oracle(ops); legal != want {
			t.Errorf("zones: %v, every order: %v", legal, want)
		}
	})
	require.Greater(t, applied, 30_000)
	require.Greater(t, invalid, 5_000)
}

func TestZonesSayWhereTheyDoNotApply(t *testing.T) {
	for _, c := range []struct {
		name    string
		ops     []history.Op
		applies bool
	}{
		{"a value stored twice", []history.Op{put(0, 1, "1"), put(2, 3, "1")}, false},
		{"a value perhaps stored twice, and found", []history.Op{put(0, 1, "1"), perhaps(put(2, 3, "1")), get(4, 5, "1")}, false},
		{"a value perhaps stored twice that nobody found", []history.Op{put(0, 1, "1"), perhaps(put(2, 3, "1"))}, true},
		{"the first value stored", []history.Op{put(0, 1, history.Absent)}, false},
		{"the first value perhaps stored, and found", []history.Op{perhaps(put(0, 1, history.Absent)), get(4, 5, history.Absent)}, false},
		{"the first value perhaps stored", []history.Op{perhaps(put(0, 1, history.Absent))}, true},
		{"a value swapped for itself", []history.Op{put(0, 1, "1"), swap(2, 3, "1", "1")}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			legal, applies := linearizable.ByZones(models.Register{}, c.ops)
			require.Equal(t, c.applies, applies)
			require.Equal(t, applies, legal, "all of these are linearizable")
		})
	}
}

func put(invoke, complete int, v history.Value) history.Op {
	return history.Op{ID: invoke, Process: history.Process(invoke), In: history.Input{F: history.Write, Value: v},
		Outcome: history.OK, Invoke: invoke, Complete: complete}
}

func get(invoke, complete int, v history.Value) history.Op {
	op := put(invoke, complete, v)
	op.In, op.Out = history.Input{F: history.Read}, history.Output{Value: v}
	return op
}

func swap(invoke, complete int, from, to history.Value) history.Op {
	op := put(invoke, complete, to)
	op.In.F, op.In.Expect, op.Out = history.CAS, from, history.Output{Swapped: true}
	return op
}

func perhaps(op history.Op) history.Op {
	op.Outcome, op.Out, op.Complete = history.Unknown, history.Output{}, history.Never
	return op
}

// TestWhatZonesFindIsTheWholeViolation looks at what is left of long histories in which
// one result was changed.
func TestWhatZonesFindIsTheWholeViolation(t *testing.T) {
	small := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		ops := busy(r, 2+r.IntN(10), 60)
		change(r, &ops[r.IntN(len(ops))])
		v := register.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{})
		require.NotEqual(t, checker.Unknown, v.Status)
		require.Equal(t, plain.CheckKey(t.Context(), "", history.History{Ops: ops}, checker.Limits{}).Status, v.Status, "seed %d", seed)
		if v.Status != checker.Invalid {
			continue
		}
		e := checker.CoreOf(v.Evidence)
		require.Contains(t, e.Ops, e.Culprit)
		require.Equal(t, checker.Invalid, plain.CheckKey(t.Context(), "", history.History{Ops: e.Ops}, checker.Limits{}).Status, "seed %d", seed)
		require.Equal(t, checker.Valid, plain.CheckKey(t.Context(), "", history.History{Ops: before(ops, e.Culprit.Complete)}, checker.Limits{}).Status, "seed %d", seed)
		if len(e.Ops) <= 4 {
			small++
		}
	}
	require.Greater(t, small, 150)
}
