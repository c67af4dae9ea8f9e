package checker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/history"
)

func TestARunThatProvesNothingIsUnknown(t *testing.T) {
	op := func(f history.Func, key string, invoke, complete int) history.Op {
		return history.Op{In: history.Input{F: f, Key: key}, Outcome: history.OK, Out: history.Output{Swapped: f == history.CAS}, Invoke: invoke, Complete: complete}
	}
	refused, failed, unknown := op(history.CAS, "x", 2, 4), op(history.CAS, "x", 2, 4), op(history.CAS, "x", 2, 4)
	refused.Out = history.Output{Value: "7"}
	failed.Outcome = history.Failed
	unknown.Outcome, unknown.Complete = history.Unknown, history.Never
	pause := []history.Span{{Kind: "pause", From: 2, To: 6}}
	for _, c := range []struct {
		name   string
		ops    []history.Op
		faults []history.Span
		want   string // empty for a valid run
	}{
		{"everything there", []history.Op{op(history.Read, "x", 0, 3), op(history.CAS, "x", 1, 4)}, pause, ""},
		{"empty", nil, pause, "no operation at all"},
		{"no fault", []history.Op{op(history.Read, "x", 0, 3), op(history.CAS, "x", 1, 4)}, nil, "the fault pause was never in force"},
		{"a fault that met no operation", []history.Op{op(history.Read, "x", 10, 13), op(history.CAS, "x", 11, 14)}, pause,
			"no operation was open while the fault pause was in force"},
		{"a cas that was only refused", []history.Op{op(history.Read, "x", 0, 3), refused}, pause, "no cas succeeded"},
		{"a cas that failed", []history.Op{op(history.Read, "x", 0, 3), failed}, pause,
			"no cas succeeded; no two operations on one key overlapped"},
		{"a cas of unknown outcome", []history.Op{op(history.Read, "x", 0, 3), unknown}, pause, "no cas succeeded"},
		{"one after the other", []history.Op{op(history.Read, "x", 0, 1), op(history.CAS, "x", 2, 4)}, pause,
			"no two operations on one key overlapped"},
		{"beside one another on two keys", []history.Op{op(history.Read, "x", 0, 3), op(history.CAS, "y", 1, 4)}, pause,
			"no two operations on one key overlapped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := checker.Coverage([]history.Func{history.Read, history.CAS}, []string{"pause"}).
				Check(t.Context(), history.History{Ops: c.ops, Faults: c.faults}, checker.Limits{})
			if c.name == "empty" || c.want != "" {
				require.Equal(t, checker.Verdict{Property: "coverage", Summary: checker.NothingProved, Reason: c.want}, v)
			} else {
				require.Equal(t, checker.Verdict{Property: "coverage", Status: checker.Valid}, v)
			}
		})
	}
}
