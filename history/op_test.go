package history_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

func TestAnOperationDescribesItself(t *testing.T) {
	k1 := func(f history.Func, outcome history.Outcome, out history.Output) history.Op {
		return history.Op{In: history.Input{F: f, Key: "k1", Value: "8", Expect: "7"}, Outcome: outcome, Out: out}
	}
	for want, op := range map[string]history.Op{
		"read of k1 = 7":                           k1(history.Read, history.OK, history.Output{Value: "7"}),
		"read of k1 = nothing":                     k1(history.Read, history.OK, history.Output{}),
		"read of k1 (outcome unknown)":             k1(history.Read, history.Unknown, history.Output{}),
		"read = 7":                                 {In: history.Input{F: history.Read}, Outcome: history.OK, Out: history.Output{Value: "7"}},
		"write of 8 to k1 (failed)":                k1(history.Write, history.Failed, history.Output{}),
		"cas of k1 from 7 to 8":                    k1(history.CAS, history.OK, history.Output{Swapped: true}),
		"cas of k1 from 7 to 8 (refused: found 9)": k1(history.CAS, history.OK, history.Output{Value: "9"}),
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
