package history_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
	"senkei/history/historytest"
)

func create(t require.TestingT, dir string) (*history.Recorder, string) {
	path := filepath.Join(dir, "history.jsonl")
	r, err := history.Create(path)
	require.NoError(t, err)
	return r, path
}

func TestARecordedRunReadsBackAsItHappened(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		r, path := create(t, dir)
		defer os.Remove(path)
		var completed []history.Op
		historytest.Run(t, historytest.Recording(t, r, func(op history.Op) { completed = append(completed, op) }))
		h, err := history.ReadFile(path) // before Close, as after a kill of the recording process
		require.NoError(t, err)
		require.NoError(t, r.Close())
		for _, op := range completed {
			require.Equal(t, op, h.Ops[op.ID])
		}
		for _, op := range h.Ops {
			if op.Complete == history.Never {
				require.Equal(t, history.Unknown, op.Outcome)
			}
		}
		requireRoundTrip(t, h)
	})
}

func TestTheRecorderWritesJepsensFields(t *testing.T) {
	r, path := create(t, t.TempDir())
	ms := time.Millisecond
	cas := history.Input{F: history.CAS, Key: "x", Expect: history.Int(2), Value: history.Text("<b>")}
	require.NoError(t, r.Invoke(1, "n1", history.Input{F: history.Write, Key: "x", Value: history.Int(2)}, 1*ms))
	require.NoError(t, r.Inject(3, "partition", "n1 cut off from n2, n3", []string{"n1"}, nil, 2*ms))
	_, err := r.Complete(1, history.Output{}, history.Unknown, "timeout", 3*ms)
	require.NoError(t, err)
	require.NoError(t, r.Invoke(2, "n2", history.Input{F: history.Read, Key: "x"}, 4*ms))
	_, err = r.Complete(2, history.Output{}, history.OK, "", 5*ms)
	require.NoError(t, err)
	require.NoError(t, r.Invoke(2, "n2", cas, 6*ms))
	_, err = r.Complete(2, history.Output{Value: history.Int(9)}, history.OK, "", 7*ms)
	require.NoError(t, err)
	require.NoError(t, r.Heal(3, "partition", "n1 cut off from n2, n3", []string{"n1"}, historytest.ErrBroken, 8*ms))
	require.NoError(t, r.Leader("n2", 7, 9*ms))
	require.NoError(t, r.Close())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, `{"index":0,"time":1000000,"process":1,"type":"invoke","f":"write","key":"x","value":2,"node":"n1"}
{"index":1,"time":2000000,"process":"nemesis","type":"info","f":"partition","value":["n1"],"fault":3,"phase":"inject","text":"n1 cut off from n2, n3"}
{"index":2,"time":3000000,"process":1,"type":"info","f":"write","key":"x","value":2,"node":"n1","error":"timeout"}
{"index":3,"time":4000000,"process":2,"type":"invoke","f":"read","key":"x","value":null,"node":"n2"}
{"index":4,"time":5000000,"process":2,"type":"ok","f":"read","key":"x","value":null,"node":"n2"}
{"index":5,"time":6000000,"process":2,"type":"invoke","f":"cas","key":"x","value":[2,"<b>"],"node":"n2"}
{"index":6,"time":7000000,"process":2,"type":"fail","f":"cas","key":"x","value":[2,"<b>"],"observed":9,"node":"n2"}
{"index":7,"time":8000000,"process":"nemesis","type":"info","f":"partition","value":["n1"],"fault":3,"phase":"heal","text":"n1 cut off from n2, n3","error":"it does not work"}
{"index":8,"time":9000000,"process":"monitor","type":"info","f":"leader","value":7,"node":"n2"}
`, string(text))

	h, err := history.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, []history.Span{{
		ID: 3, Kind: "partition", Text: "n1 cut off from n2, n3",
		From: 1, To: history.Never, Start: 2 * ms, End: 9 * ms,
	}}, h.Faults, "a heal that did not work leaves the fault in force")
	require.Equal(t, []history.LeaderChange{{Position: 8, Time: 9 * ms, Node: "n2", Term: 7}}, h.Leaders)
	require.Equal(t, history.Op{
		ID: 2, Process: 2, Node: "n2", In: cas, Out: history.Output{Value: history.Int(9)}, Outcome: history.OK,
		Invoke: 5, Complete: 6, Start: 6 * ms, End: 7 * ms,
	}, h.Ops[2], "a refused cas is an operation that succeeded in finding another value")
}

func TestAHistoryIsNeverOverwritten(t *testing.T) {
	dir := t.TempDir()
	r, path := create(t, dir)
	require.NoError(t, r.Close())
	_, err := history.Create(path)
	require.ErrorIs(t, err, fs.ErrExist)
}

func TestTheRecorderRefusesWhatNoReaderWouldAccept(t *testing.T) {
	r, path := create(t, t.TempDir())
	read := history.Input{F: history.Read}
	require.EqualError(t, r.Invoke(history.Nemesis, "", read, 0), "record invocation: nemesis is not a client process")
	require.NoError(t, r.Invoke(1, "", read, 0))
	require.EqualError(t, r.Invoke(1, "", read, 0), "record invocation: process 1 has a read open")
	_, err := r.Complete(2, history.Output{}, history.OK, "", 0)
	require.EqualError(t, err, "record completion: process 2 has no open operation")
	huge := history.Text(strings.Repeat("x", 16<<20))
	require.ErrorContains(t, r.Invoke(2, "", history.Input{F: history.Write, Value: huge}, 0), "are more than the 16777216 that a line may have")
	require.Error(t, r.Invoke(2, "", history.Input{F: history.Write, Value: "not JSON"}, 0))
	_, err = r.Complete(1, history.Output{Value: history.Int(1)}, history.OK, "", 0)
	require.NoError(t, err, "the refusals before left nothing behind")
	require.NoError(t, r.Close())
	h, err := history.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, h.Ops, 1)
}

func TestALongErrorTextIsShortened(t *testing.T) {
	r, path := create(t, t.TempDir())
	require.NoError(t, r.Invoke(1, "", history.Input{F: history.Read}, 0))
	op, err := r.Complete(1, history.Output{}, history.Unknown, strings.Repeat("ä\xff", 1<<20), 1)
	require.NoError(t, err)
	require.Less(t, len(op.Err), 8<<10)
	require.NoError(t, r.Close())
	h, err := history.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, op, h.Ops[0])
}

func TestAfterAFailedWriteNothingMoreIsRecorded(t *testing.T) {
	r, _ := create(t, t.TempDir())
	require.NoError(t, r.Close())
	first := r.Leader("n1", 1, 0)
	require.ErrorIs(t, first, os.ErrClosed)
	require.Equal(t, first, r.Invoke(1, "", history.Input{F: history.Read}, 0))
}

func BenchmarkRecordOperation(b *testing.B) {
	r, _ := create(b, b.TempDir())
	in := history.Input{F: history.CAS, Key: "k12", Expect: history.Int(123456), Value: history.Int(123457)}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Invoke(1, "n1", in, time.Second); err != nil {
			b.Fatal(err)
		}
		if _, err := r.Complete(1, history.Output{Swapped: true}, history.OK, "", 2*time.Second); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeOperation(b *testing.B) {
	var text strings.Builder
	const ops = 1000
	for i := range ops {
		fmt.Fprintf(&text, `{"index":%d,"time":1000000,"process":1,"type":"invoke","f":"write","key":"k12","value":%d,"node":"n1"}`+"\n", 2*i, i)
		fmt.Fprintf(&text, `{"index":%d,"time":1000000,"process":1,"type":"ok","f":"write","key":"k12","value":%d,"node":"n1"}`+"\n", 2*i+1, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := history.Decode(strings.NewReader(text.String())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/ops, "ns/history-op")
}
