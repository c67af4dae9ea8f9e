package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

// during says when an operation began and ended.
func during(invoke, complete int, op history.Op) history.Op {
	op.Invoke, op.Complete = invoke, complete
	return op
}

// lost is an operation of which nobody heard again.
func lost(invoke int, op history.Op) history.Op {
	return history.Op{In: op.In, Invoke: invoke, Complete: history.Never}
}

func TestADecisionNamesTheOperationsThatProveIt(t *testing.T) {
	enqueue := func(v history.Value) history.Op { return did(history.Enqueue, v, "") }
	dequeue := func(v history.Value) history.Op { return did(history.Dequeue, "", v) }
	add := func(v history.Value) history.Op { return did(history.Add, v, "") }
	read := func(v history.Value) history.Op { return did(history.Read, "", v) }
	entry := func(v, offset history.Value) history.Op { return did(history.Append, v, offset) }
	poll := func(offset, v history.Value) history.Op { return did(history.Poll, offset, v) }
	for _, c := range []struct {
		name    string
		decider anyDecider
		ops     []history.Op
		proof   []int
		parts   []string
		why     string
	}{
		{"an element is lost again", models.Set{},
			[]history.Op{lost(0, add("1")), during(1, 3, add("2")), during(4, 5, read("[1,2]")), during(6, 7, read("[2]")), during(8, 9, read("[1,2]"))},
			[]int{0, 2, 3}, []string{"1"}, "a read lacks 1, which another one had returned before it began"},
		{"an element is not seen", models.Set{},
			[]history.Op{during(0, 2, add("1")), during(1, 3, add("2")), during(4, 5, read("[1,2]")), during(6, 7, read("[2]"))},
			[]int{0, 3}, []string{"1"}, "a read lacks 1, which had been added before it began"},
		{"reads that ran together differ both ways", models.Set{},
			[]history.Op{during(0, 8, add("1")), during(1, 9, add("2")), during(2, 6, read("[1]")), during(3, 7, read("[2]"))},
			[]int{0, 1, 2, 3}, []string{"1", "2"}, "of two reads, one returned 1 but lacks 2, and the other one the other way round"},
		{"a read skips an earlier element", models.Set{},
			[]history.Op{during(0, 9, read("[2]")), during(1, 2, add("1")), during(3, 4, add("2"))},
			[]int{0, 1, 2}, []string{"1", "2"}, "a read returned 2 but lacks 1, which had been added before 2 was"},
		{"an element is seen that is only added later", models.Set{},
			[]history.Op{during(0, 1, read(`["a"]`)), lost(2, add(`"a"`)), during(3, 4, add(`"a"`))},
			[]int{0, 1}, []string{`"a"`}, `a read returned "a" before the first add of it began`},
		{"one element overtakes another one", models.FIFOQueue{},
			[]history.Op{during(0, 1, enqueue("1")), during(2, 3, enqueue("2")), during(4, 5, enqueue("3")), during(6, 7, dequeue("2")), during(8, 9, dequeue("1"))},
			[]int{0, 1, 3, 4}, nil, "1 was enqueued before 2 but dequeued after it"},
		{"a dequeue that began too late cannot have taken what was overtaken", models.FIFOQueue{},
			[]history.Op{during(0, 1, enqueue("1")), during(2, 3, enqueue("2")), during(4, 5, dequeue("2")), lost(6, dequeue(""))},
			[]int{0, 1, 2}, nil, "1 was enqueued before 2 but not dequeued before it"},
		{"one lost dequeue cannot have taken two elements", models.FIFOQueue{},
			[]history.Op{during(0, 1, enqueue("1")), during(2, 3, enqueue("2")), during(4, 5, enqueue("3")), lost(6, dequeue("")), during(7, 8, dequeue("3"))},
			[]int{0, 1, 2, 3, 4}, nil, "2 was enqueued before 3 but not dequeued before it"},
		{"a queue is found empty between two elements that overlap", models.UnorderedQueue{},
			[]history.Op{during(0, 1, enqueue("1")), during(2, 9, dequeue("")), during(3, 4, enqueue("2")), during(5, 6, dequeue("1")), during(10, 11, dequeue("2"))},
			[]int{0, 1, 2, 3, 4}, nil, "a dequeue returned nothing, but the queue was never empty while it ran"},
		{"lost dequeues began too late to have emptied a queue", models.UnorderedQueue{},
			[]history.Op{during(0, 1, enqueue("1")), during(2, 3, dequeue("")), during(4, 5, dequeue("")), lost(6, dequeue("")), lost(7, dequeue(""))},
			[]int{0, 1}, nil, "a dequeue returned nothing, but the queue was never empty while it ran"},
		{"a lost dequeue began too late to have emptied a queue, but may have made way for an element that stays", models.FIFOQueue{},
			[]history.Op{during(0, 1, enqueue("1")), during(2, 8, dequeue("")), during(3, 4, enqueue("2")), during(5, 12, dequeue("1")), lost(9, dequeue("")), lost(13, dequeue(""))},
			[]int{0, 1, 2, 3, 4}, nil, "a dequeue returned nothing, but the queue was never empty while it ran"},
		{"one lost dequeue cannot have emptied a queue of two", models.UnorderedQueue{},
			[]history.Op{during(0, 1, enqueue("1")), during(2, 3, enqueue("2")), lost(4, dequeue("")), during(5, 6, dequeue(""))},
			nil, nil, "a dequeue returned nothing, but the queue was never empty while it ran"},
		{"an element comes out twice", models.UnorderedQueue{},
			[]history.Op{during(0, 1, enqueue("1")), during(2, 3, dequeue("1")), during(4, 5, dequeue("1"))},
			[]int{0, 1, 2}, nil, "1 was dequeued twice"},
		{"offsets run against time", models.Log{},
			[]history.Op{during(0, 1, entry("1", "1")), during(2, 3, entry("2", "")), during(4, 5, poll("0", "[2]"))},
			[]int{0, 1, 2}, nil, "2 was appended after 1 had been, but is before it in the log"},
		{"a lost append began too late for the offset that nobody told", models.Log{},
			[]history.Op{during(0, 1, entry("1", "1")), lost(2, entry("2", ""))},
			nil, nil, "2 was appended after 1 had been, but is before it in the log"},
		{"an entry is gone again", models.Log{},
			[]history.Op{lost(0, entry("1", "")), during(2, 3, poll("0", "[1]")), during(4, 5, poll("0", "[]")), during(6, 7, entry("2", "1"))},
			[]int{0, 1, 2}, nil, "a poll from offset 0 returned nothing, but another one had returned what was there"},
		{"a poll misses an entry", models.Log{},
			[]history.Op{during(0, 1, entry("1", "0")), during(2, 3, poll("0", "[]"))},
			[]int{0, 1}, nil, "a poll from offset 0 returned nothing, but 1 had been appended there or beyond"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, applies := c.decider.Decide(c.ops)
			require.True(t, applies)
			require.Equal(t, model.Decision{Proof: c.proof, Parts: c.parts, Why: c.why}, d)
		})
	}
}

func TestADecisionSaysWhereItDoesNotApply(t *testing.T) {
	twice := []history.Op{during(0, 1, did(history.Enqueue, "1", "")), during(2, 3, did(history.Enqueue, "1", ""))}
	drain := []history.Op{during(0, 1, did(history.Drain, "", "[]"))}
	for _, c := range []struct {
		name    string
		decider anyDecider
		ops     []history.Op
	}{
		{"an element that came twice into a queue", models.FIFOQueue{}, twice},
		{"an element that came twice into an unordered queue", models.UnorderedQueue{}, twice},
		{"a drain", models.FIFOQueue{}, drain},
		{"a drain of an unordered queue", models.UnorderedQueue{}, drain},
		{"an entry that was appended twice", models.Log{},
			[]history.Op{during(0, 1, did(history.Append, "1", "0")), lost(2, did(history.Append, "1", ""))}},
		{"two appends that may both fill an offset", models.Log{},
			[]history.Op{during(0, 4, did(history.Append, "1", "1")), during(1, 5, did(history.Append, "2", "")), lost(2, did(history.Append, "3", ""))}},
		{"a poll that counts appends whose offset is not told", models.Log{},
			[]history.Op{during(0, 4, did(history.Append, "1", "")), during(1, 5, did(history.Append, "2", "")), during(2, 3, did(history.Poll, "1", "[]"))}},
		{"a function of something else", models.Set{}, []history.Op{during(0, 1, did(history.Write, "1", ""))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, applies := c.decider.Decide(c.ops)
			require.False(t, applies)
		})
	}
}
