package reference_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness/systems/reference"
	"senkei/history"
	"senkei/node/kv"
)

var (
	read    = history.Micro{F: history.Read, Key: "x"}
	readL   = history.Micro{F: history.Read, Key: "l"}
	write   = history.Micro{F: history.Write, Key: "x", Value: "7"}
	appendL = history.Micro{F: history.Append, Key: "l", Value: "3"}
)

// Steps go to one store, one after the other.
var steps = []struct {
	says string
	in   history.Input
	want history.Output
}{
	{"a key that was never written", history.Input{F: history.Read, Key: "x"}, history.Output{}},
	{"a swap that expects nothing", history.Input{F: history.CAS, Key: "x", Value: "1"}, history.Output{Swapped: true}},
	{"a read", history.Input{F: history.Read, Key: "x"}, history.Output{Value: "1"}},
	{"a refused swap", history.Input{F: history.CAS, Key: "x", Expect: "7", Value: "8"}, history.Output{Value: "1"}},
	{"a refused swap that expects nothing", history.Input{F: history.CAS, Key: "x", Value: "8"}, history.Output{Value: "1"}},
	{"a swap", history.Input{F: history.CAS, Key: "x", Expect: "1", Value: `"two é"`}, history.Output{Swapped: true}},
	{"a read of a text", history.Input{F: history.Read, Key: "x"}, history.Output{Value: `"two é"`}},
	{"a write", history.Input{F: history.Write, Key: "x", Value: "3"}, history.Output{}},
	{"a read again", history.Input{F: history.Read, Key: "x"}, history.Output{Value: "3"}},
	{"a delete", history.Input{F: history.Delete, Key: "x"}, history.Output{}},
	{"a read of nothing", history.Input{F: history.Read, Key: "x"}, history.Output{}},
	{"a refused swap that finds nothing", history.Input{F: history.CAS, Key: "x", Expect: "3", Value: "4"}, history.Output{}},
	{"another write", history.Input{F: history.Write, Key: "x", Value: "5"}, history.Output{}},
	{"a write of nothing", history.Input{F: history.Write, Key: "x"}, history.Output{}},
	{"a read of nothing again", history.Input{F: history.Read, Key: "x"}, history.Output{}},

	{"an append to nothing", history.Input{F: history.Append, Key: "l", Value: "1"}, history.Output{}},
	{"an append of a text", history.Input{F: history.Append, Key: "l", Value: `"a,b"`}, history.Output{}},
	{"a read of a list", history.Input{F: history.Read, Key: "l"}, history.Output{Value: `[1,"a,b"]`}},
	{"an addition to nothing", history.Input{F: history.Add, Key: "n", Value: "40"}, history.Output{}},
	{"an addition", history.Input{F: history.Add, Key: "n", Value: "-41"}, history.Output{}},
	{"a read of the sum", history.Input{F: history.Read, Key: "n"}, history.Output{Value: "-1"}},
	{
		"a transaction", history.Input{F: history.Txn, Value: history.Transaction(read, write, read, appendL, readL)},
		history.Output{Value: `[["r","x",null],["w","x",7],["r","x",7],["append","l",3],["r","l",[1,"a,b",3]]]`},
	},
}

func TestOperationsOfAHistoryMeanTheSameToTheStore(t *testing.T) {
	store := kv.New(1)
	for _, step := range steps {
		request, err := reference.Translate(step.in)
		require.NoError(t, err, step.says)
		var result kv.Result
		if request.Query != nil {
			result = store.Read(*request.Query)
		} else {
			require.NoError(t, request.Command.Validate(), step.says)
			result, _ = store.Apply(store.Applied()+1, &request.Command)
		}
		require.Equal(t, kv.Done, result.Code, step.says)
		out, err := reference.Output(step.in, result)
		require.NoError(t, err, step.says)
		require.Equal(t, step.want, out, step.says)
	}
}

func TestWhatTheStoreDoesNotHaveIsRefused(t *testing.T) {
	for _, in := range []history.Input{
		{F: history.Enqueue, Key: "x", Value: "1"}, {F: "invented", Key: "x"},
		{F: history.CAS, Key: "x", Expect: "1"}, {F: history.Add, Key: "x", Value: `"a"`}, {F: history.Add, Key: "x", Value: "0.5"},
	} {
		_, err := reference.Translate(in)
		require.Error(t, err, "%+v", in)
	}
}

func TestAnEmptyTextIsNotTakenForAnAbsentKey(t *testing.T) {
	empty := kv.Result{Code: kv.Done, Found: true}
	_, err := reference.Output(history.Input{F: history.Read, Key: "x"}, empty)
	require.EqualError(t, err, "key x holds an empty text, which is no value")
	_, err = reference.Output(history.Input{F: history.Txn, Value: history.Transaction(read)}, kv.Result{Results: []kv.Result{empty}})
	require.ErrorContains(t, err, "holds an empty text")
}
