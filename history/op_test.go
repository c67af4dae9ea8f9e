package history_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

func TestAnOperationDescribesItself(t *testing.T) {
	k1 := func(f history.Func, outcome history.Outcome, out history.Output, value history.Value) history.Op {
		return history.Op{In: history.Input{F: f, Key: "k1", Value: value, Expect: "7"}, Outcome: outcome, Out: out}
	}
	for want, op := range map[string]history.Op{
		"read of k1 = 7":                    k1(history.Read, history.OK, history.Output{Value: "7"}, "8"),
		"read of k1 = nothing":              k1(history.Read, history.OK, history.Output{}, "8"),
		"read of k1 (outcome unknown)":      k1(history.Read, history.Unknown, history.Output{}, "8"),
		"read = 7":                          {In: history.Input{F: history.Read}, Outcome: history.OK, Out: history.Output{Value: "7"}},
		"write of 8 to k1 (failed)":         k1(history.Write, history.Failed, history.Output{}, "8"),
		"compare-and-set of k1 from 7 to 8": k1(history.CAS, history.OK, history.Output{Swapped: true}, "8"),
		"compare-and-set of k1 from 7 to 8 (refused: found 9)": k1(history.CAS, history.OK, history.Output{Value: "9"}, "8"),
		"delete of k1":                              k1(history.Delete, history.OK, history.Output{}, ""),
		"append of \"a\" to k1 at offset 4":         k1(history.Append, history.OK, history.Output{Value: "4"}, `"a"`),
		"add of 8 to k1 (outcome unknown)":          k1(history.Add, history.Unknown, history.Output{}, "8"),
		"dequeue of k1 = nothing":                   k1(history.Dequeue, history.OK, history.Output{}, ""),
		"dequeue of k1 (outcome unknown)":           k1(history.Dequeue, history.Unknown, history.Output{}, ""),
		"drain of k1 = [1,2]":                       k1(history.Drain, history.OK, history.Output{Value: "[1,2]"}, ""),
		"poll of k1 from offset 3 = []":             k1(history.Poll, history.OK, history.Output{Value: "[]"}, "3"),
		"acquire of k1 with token 33":               k1(history.Acquire, history.OK, history.Output{Value: "33"}, ""),
		"acquire of k1 (failed)":                    k1(history.Acquire, history.Failed, history.Output{}, ""),
		"release of k1 with token 33":               k1(history.Release, history.OK, history.Output{}, "33"),
		"transaction of k1 [r x, w y 1] (failed)":   k1(history.Txn, history.Failed, history.Output{}, `[["r","x",null],["w","y",1]]`),
		"transaction of k1 [r x = [2], append y 1]": k1(history.Txn, history.OK, history.Output{Value: `[["r","x",[2]],["append","y",1]]`}, ""),
		"transaction of k1 [r 1, r 1, r 1, r 1, r 1, r 1, r 1, r 1, … 2 more] (outcome unknown)": k1(history.Txn, history.Unknown, history.Output{},
			history.Value("["+strings.Repeat(`["r",1,null],`, 9)+`["r",1,null]]`)),
	} {
		require.Equal(t, want, op.String())
	}
}

func TestByKeyYieldsEachKeysOperationsInOrder(t *testing.T) {
	var h history.History
	for i, key := range []string{"b", "a", "b", "c", "a"} {
		h.Ops = append(h.Ops, history.Op{ID: i, In: history.Input{Key: key}})
	}
	var keys []string
	var ids []int
	for key, ops := range h.ByKey() {
		keys = append(keys, key)
		for _, op := range ops {
			ids = append(ids, op.ID)
		}
		if key == "b" {
			break
		}
	}
	require.Equal(t, []string{"a", "b"}, keys)
	require.Equal(t, []int{1, 4, 0, 2}, ids)
}

func TestDuringFindsTheFaultsThatOverlap(t *testing.T) {
	h := history.History{Faults: []history.Span{{ID: 1, From: 2, To: 4}, {ID: 2, From: 5, To: history.Never}}}
	require.Len(t, h.During(0, 1), 0)
	require.Equal(t, []history.Span{h.Faults[0]}, h.During(4, 4))
	require.Equal(t, h.Faults, h.During(0, 9))
	require.Equal(t, []history.Span{h.Faults[1]}, h.During(7, 7))
}

func TestAnOperationIsNamedInSentencesAndLabels(t *testing.T) {
	cas := history.Op{Process: 4, Node: "n2", In: history.Input{F: history.CAS, Key: "k1", Expect: "7", Value: "8"}}
	require.Equal(t, "process 4's compare-and-set of k1 on n2", cas.Subject())
	require.Equal(t, "process 4's compare-and-set from 7 to 8 on n2", cas.Request())
	require.Equal(t, "compare-and-set of k1 from 7 to 8", cas.In.String())
	short := func(s string) string { return s[:min(2, len(s))] }
	cas.Outcome, cas.Out.Value = history.OK, "999"
	require.Equal(t, "cas 7 → 8, found 99", cas.Label(short))
	require.Equal(t, "txn [r", history.Op{In: history.Input{F: history.Txn, Value: `[["r","x",null]]`}}.Label(short))
}

func TestDurationsHaveThreeDigitsAtMost(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 ns": 0, "850 ns": 850, "1 µs": 1000, "1.25 µs": 1250, "999 µs": 999_400, "1 ms": 999_600, "12.5 ms": 12_500_000,
		"312 ms": 312_400_000, "1 s": 999_600_000, "9.99 s": 9_990_000_000, "10 s": 9_996_000_000, "3600 s": time.Hour,
	} {
		require.Equal(t, want, history.Lasted(d))
	}
	require.Equal(t, "5 ms before", history.Lapse(5*time.Millisecond, "before"))
	require.Equal(t, "before", history.Lapse(-1, "before"))
}
