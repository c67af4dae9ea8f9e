package models_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/model"
	"senkei/checker/models"
	"senkei/history"
)

// did is an operation that happened.
func did(f history.Func, value, told history.Value) history.Op {
	return history.Op{In: history.Input{F: f, Value: value}, Out: history.Output{Value: told}, Outcome: history.OK}
}

func at7(op history.Op) history.Op {
	op.Out.Revision = 7
	return op
}

// refuses runs the operations, of which only the last one must be refused, and returns the
// state before it and the reason.
func refuses[S comparable](m model.Model[S]) func(t *testing.T, ops []history.Op) string {
	return func(t *testing.T, ops []history.Op) string {
		s := m.Init()
		for i, op := range ops {
			next, ok := m.Step(s, op)
			if i == len(ops)-1 {
				require.False(t, ok, "%s in %v", op, s)
				return fmt.Sprintf("%v: %s", s, m.Why(s, op))
			}
			require.True(t, ok, "%s in %v: %s", op, s, m.Why(s, op))
			s = next
		}
		panic("no operation")
	}
}

func TestEachRefusalHasItsReason(t *testing.T) {
	var (
		mutex  = refuses(models.Mutex{})
		fenced = refuses(models.FencedLock{})
		count  = refuses(models.Counter{})
		set    = refuses(models.Set{})
		fifo   = refuses(models.FIFOQueue{})
		bag    = refuses(models.UnorderedQueue{})
		log    = refuses(models.Log{})
		list   = refuses(models.List{})
		store  = refuses(models.Store{})
		kv     = refuses(models.KV{})
		ver    = refuses(models.VersionedRegister{})

		acquire, release = did(history.Acquire, "", ""), did(history.Release, "", "")
		one, two         = did(history.Enqueue, "1", ""), did(history.Enqueue, "2", "")
		lost             = history.Op{In: history.Input{F: history.Dequeue}}
	)
	for _, c := range []struct {
		run  func(*testing.T, []history.Op) string
		ops  []history.Op
		want string
	}{
		{mutex, []history.Op{acquire, acquire}, "held: it acquired the mutex although that was held"},
		{mutex, []history.Op{release}, "free: it released the mutex although that was free"},
		{fenced, []history.Op{acquire, acquire}, "held with a token that nobody was told: it acquired the lock although that was held with a token that nobody was told"},
		{fenced, []history.Op{did(history.Acquire, "", "9"), did(history.Release, "8", "")},
			"held with token 9: it released the lock with token 8 but that was held with token 9"},
		{fenced, []history.Op{did(history.Acquire, "", "9"), release, release}, "free: it released the lock although that was free"},
		{fenced, []history.Op{did(history.Acquire, "", "9"), release, did(history.Acquire, "", "9")},
			"free: it was given token 9 although 9 or a greater one had been given before"},
		{count, []history.Op{did(history.Add, "-3", ""), did(history.Read, "", "3")}, "-3: it returned 3 but the counter stood at -3"},
		{set, []history.Op{did(history.Add, "2", ""), did(history.Add, "10", ""), did(history.Read, "", "[2]")}, "{2, 10}: it lacks 10"},
		{set, []history.Op{did(history.Read, "", "[2]")}, "{}: it returned 2, which was not in the set"},
		{set, []history.Op{did(history.Add, "2", ""), did(history.Read, "", "[2,2]")}, "{2}: it returned 2 twice"},
		{set, []history.Op{did(history.Add, "2", ""), did(history.Read, "", "")}, "{2}: it returned nothing but the set held {2}"},
		{fifo, []history.Op{one, two, did(history.Dequeue, "", "2")}, "[1, 2]: it returned 2 but the oldest element was 1"},
		{fifo, []history.Op{one, lost, did(history.Dequeue, "", "1")}, "[]: it returned 1 but the queue was empty"},
		{fifo, []history.Op{one, two, did(history.Drain, "", "[2,1]")}, "[1, 2]: it returned [2,1] but the queue held [1, 2]"},
		{bag, []history.Op{one, did(history.Dequeue, "", "2")}, "{1}: it returned 2, which was not in the queue"},
		{bag, []history.Op{one, one, lost, did(history.Dequeue, "", "")}, "{1, 1} of which 1 may be gone: it returned nothing but the queue held {1, 1} of which 1 may be gone"},
		{log, []history.Op{did(history.Append, "5", "0"), did(history.Append, "6", "2")}, "[5]: it was given offset 2 but the log had 1 entries"},
		{log, []history.Op{did(history.Append, "5", ""), did(history.Poll, "0", "[6]")}, "[5]: it returned 6 at offset 0 but that held 5"},
		{log, []history.Op{did(history.Append, "5", ""), did(history.Poll, "0", "[5,6]")}, "[5]: it returned 6 at offset 1 but the log had 1 entries"},
		{log, []history.Op{did(history.Append, "5", ""), did(history.Poll, "0", "[]")}, "[5]: it returned no entry from offset 0 although the log had 1"},
		{list, []history.Op{did(history.Append, "5", ""), did(history.Append, "6", ""), did(history.Read, "", "[6,5]")}, "[5,6]: it returned [6,5] but the list was [5,6]"},
		{store, []history.Op{did(history.Txn, "", `[["w","x",1],["append","y",2]]`), did(history.Txn, "", `[["r","y",[2]],["r","x",null]]`)},
			"{x: 1, y: [2]}: it read nothing from x but that held 1"},
		{store, []history.Op{did(history.Txn, "", `[["w","x",1]]`), did(history.Txn, "", `[["append","x",2]]`)},
			"{x: 1}: it appended 2 to x but that held 1, which is no list"},
		{kv, []history.Op{did(history.Write, "1", ""), did(history.Append, `"a"`, "")}, `1: it appended "a" but the key held 1, which is no text`},
		{kv, []history.Op{did(history.Append, `"a"`, ""), did(history.Append, `"b"`, ""), did(history.Read, "", `"b"`)}, `"ab": it returned "b" but the register held "ab"`},
		{kv, []history.Op{did(history.Write, "1", ""), did(history.Delete, "", ""), did(history.Read, "", "1")}, "nothing: it returned 1 but the register held nothing"},
		{ver, []history.Op{at7(did(history.Write, "1", "")), at7(did(history.Write, "1", ""))}, "1 at revision 7: it told revision 7 but the register held 1 at revision 7"},
		{ver, []history.Op{at7(did(history.Write, "1", "")), did(history.Write, "1", ""), at7(did(history.Read, "", "1"))},
			"1 at revision 8 or later: it told revision 7 but the register held 1 at revision 8 or later"},
		{ver, []history.Op{did(history.Read, "", "1")}, "nothing at revision 0 or later: it returned 1 but the register held nothing"},
	} {
		require.Equal(t, c.want, c.run(t, c.ops))
	}
}

func TestALargeStateIsPrintedInPart(t *testing.T) {
	var s models.SetState
	for i := range int64(30) {
		s, _ = models.Set{}.Step(s, did(history.Add, history.Int(i), ""))
	}
	require.Equal(t, "{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, … 10 more}", s.String())
}
