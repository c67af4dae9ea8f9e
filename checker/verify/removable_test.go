package verify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/verify"
	"senkei/history"
)

// between returns a core of an operation that is at 2..3, and a read of 1 that is at 4..5.
func between(f history.Func, asked, expected history.Value, out history.Output) []history.Op {
	m := op(1, history.Input{F: f, Value: asked, Expect: expected}, "", 2, 3)
	m.Out = out
	return []history.Op{m, op(2, read(""), "1", 4, 5)}
}

func TestAStoreOfWhatTheCoreSeesIsRemovableIfTheCoreRenewsTheCellInBetween(t *testing.T) {
	swapped := history.Output{Swapped: true}
	cells := []string{"register", "key-value", "versioned-register"}
	for name, c := range map[string]struct {
		models    []string
		core      []history.Op
		removable bool
	}{
		"nothing":                     {cells, between(history.Read, "", "", history.Output{})[1:], false},
		"a read of something else":    {cells, between(history.Read, "", "", history.Output{Value: "2"}), true},
		"a read with a revision":      {cells[2:], between(history.Read, "", "", history.Output{Value: "2", Revision: 7}), true},
		"a read of it, with revision": {cells[2:], between(history.Read, "", "", history.Output{Value: "1", Revision: 7}), false},
		"a read of nothing":           {cells, between(history.Read, "", "", history.Output{}), true},
		"a read of it":                {cells, between(history.Read, "", "", history.Output{Value: "1"}), false},
		"a write of something else":   {cells, between(history.Write, "2", "", history.Output{}), true},
		"a write with a revision":     {cells[2:], between(history.Write, "2", "", history.Output{Revision: 7}), true},
		"a write of it":               {cells, between(history.Write, "1", "", history.Output{}), true},
		"a delete":                    {cells[1:], between(history.Delete, "", "", history.Output{}), true},
		"an append":                   {cells[1:2], between(history.Append, `"a"`, "", history.Output{}), false},
		"a refusal by something else": {cells, between(history.CAS, "3", "4", history.Output{Value: "2"}), true},
		"a refusal by it":             {cells, between(history.CAS, "3", "4", history.Output{Value: "1"}), false},
		"a swap of something else":    {cells, between(history.CAS, "1", "2", swapped), true},
		"a swap of it":                {cells, between(history.CAS, "2", "1", swapped), false},
		"a swap of it for itself":     {cells, between(history.CAS, "1", "1", swapped), false},
	} {
		for _, model := range c.models {
			removable := func(core []history.Op, invoke, complete int) bool {
				return verify.Removable(model, core)(op(0, write("", "1"), "", invoke, complete))
			}
			require.Equal(t, c.removable, removable(c.core, 0, 1), "%s: %s", model, name)
			require.False(t, removable(c.core, 0, 10), "%s: it may have come after %s", model, name)
			if len(c.core) < 2 {
				continue
			}
			late := append([]history.Op{}, c.core...)
			late[0].Complete = 6
			require.False(t, removable(late, 0, 1), "%s: %s may come after the read", model, name)
			late[0].Outcome, late[0].Out, late[0].Complete = history.Unknown, history.Output{}, history.Never
			require.False(t, removable(late, 0, 1), "%s: whether there was %s is unknown", model, name)
		}
	}
}

func TestNothingRenewsAnElementOfASetAListOrAQueue(t *testing.T) {
	for _, c := range []struct {
		models   []string
		adds     history.Func
		between  history.Input
		out      history.Value
		observer history.Input
		sees     history.Value
	}{
		{[]string{"set"}, history.Add, history.Input{F: history.Add, Value: "2"}, "", read(""), "[1,2]"},
		{[]string{"set", "list"}, history.Add, read(""), "[2]", read(""), "[2,1]"},
		{[]string{"list"}, history.Append, history.Input{F: history.Append, Value: "2"}, "", read(""), "[1,2]"},
		{[]string{"fifo-queue", "unordered-queue"}, history.Enqueue, history.Input{F: history.Enqueue, Value: "2"}, "", history.Input{F: history.Dequeue}, "1"},
		{[]string{"fifo-queue", "unordered-queue"}, history.Enqueue, history.Input{F: history.Dequeue}, "2", history.Input{F: history.Drain}, "[1]"},
	} {
		for _, model := range c.models {
			core := []history.Op{op(1, c.between, c.out, 2, 3), op(2, c.observer, c.sees, 4, 5)}
			require.False(t, verify.Removable(model, core)(op(0, history.Input{F: c.adds, Value: "1"}, "", 0, 1)), "%s: %+v", model, c)
			require.True(t, verify.Removable(model, core)(op(0, history.Input{F: c.adds, Value: "3"}, "", 0, 1)), "%s: %+v", model, c)
		}
	}
}
