package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

func TestALabelNamesTheOperationAndItsResult(t *testing.T) {
	for want, op := range map[string]history.Op{
		"read":                        {In: history.Input{F: history.Read}},
		"read → nothing":              {In: history.Input{F: history.Read}, Outcome: history.OK},
		"write 5":                     {In: history.Input{F: history.Write, Value: "5"}, Outcome: history.OK},
		"cas 1 → 2":                   {In: history.Input{F: history.CAS, Expect: "1", Value: "2"}},
		"cas 1 → 2, found 3":          {In: history.Input{F: history.CAS, Expect: "1", Value: "2"}, Out: history.Output{Value: "3"}, Outcome: history.OK},
		"dequeue → nothing":           {In: history.Input{F: history.Dequeue}, Outcome: history.OK},
		"acquire → 33":                {In: history.Input{F: history.Acquire}, Out: history.Output{Value: "33"}, Outcome: history.OK},
		"release":                     {In: history.Input{F: history.Release}, Outcome: history.OK},
		"poll 3 → []":                 {In: history.Input{F: history.Poll, Value: "3"}, Out: history.Output{Value: "[]"}, Outcome: history.OK},
		"txn [r x, w y 1]":            {In: history.Input{F: history.Txn, Value: `[["r","x",null],["w","y",1]]`}},
		"txn [r x = [1], append y 1]": {In: history.Input{F: history.Txn}, Out: history.Output{Value: `[["r","x",[1]],["append","y",1]]`}, Outcome: history.OK},
	} {
		require.Equal(t, want, label(op))
	}
}
