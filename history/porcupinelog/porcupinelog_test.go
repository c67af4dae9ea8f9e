package porcupinelog_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/history"
	"senkei/history/porcupinelog"
)

const etcd = "INFO  jepsen.util - 0\t:invoke\t:read\tnil\n" +
	"INFO  jepsen.util - 1\t:invoke\t:write\t3\n" +
	"INFO  jepsen.util - 2   :invoke :cas    [3 4]\n" +
	"INFO  jepsen.util - 0\t:ok\t:read\tnil\n" +
	"INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n" +
	"INFO  jepsen.util - 1\t:info\t:write\t:timed-out\n" +
	"INFO  jepsen.util - 2\t:fail\t:cas\t[3 4]\n" +
	"INFO  jepsen.util - 0\t:invoke\t:cas\t[3 4]\n" +
	"INFO  jepsen.util - 0\t:ok\t:cas\t[3 4]\n" +
	"INFO  jepsen.util - 0\t:invoke\t:read\tnil\n" +
	"INFO  jepsen.util - 0\t:fail\t:read\t:timed-out\n"

func TestAnEtcdLogIsRead(t *testing.T) {
	h, err := porcupinelog.DecodeEtcd(strings.NewReader(etcd), history.Options{})
	require.NoError(t, err)
	swap := history.Input{F: history.CAS, Expect: "3", Value: "4"}
	require.Equal(t, []history.Op{
		{ID: 0, Process: 0, In: history.Input{F: history.Read}, Outcome: history.OK, Invoke: 0, Complete: 3},
		{ID: 1, Process: 1, In: history.Input{F: history.Write, Value: "3"}, Outcome: history.Unknown, Invoke: 1, Complete: history.Never},
		{ID: 2, Process: 2, In: swap, Outcome: history.Failed, Invoke: 2, Complete: 6},
		{ID: 3, Process: 0, In: swap, Out: history.Output{Swapped: true}, Outcome: history.OK, Invoke: 7, Complete: 8},
		{ID: 4, Process: 0, In: history.Input{F: history.Read}, Outcome: history.Failed, Invoke: 9, Complete: 10},
	}, h.Ops)
}

const kv = `{:process 0, :type :invoke, :f :append, :key "k", :value "x 0 y"}
{:process 1, :type :invoke, :f :get, :key "k", :value nil}
{:process 0, :type :ok, :f :append, :key "k", :value "x 0 y"}
{:process 1, :type :ok, :f :get, :key "k", :value "x 0 y"}
{:process 1, :type :invoke, :f :put, :key "k", :value ""}
{:process 1, :type :ok, :f :put, :key "k", :value ""}
{:process 0, :type :invoke, :f :get, :key "k", :value nil}
{:process 0, :type :ok, :f :get, :key "k", :value ""}
{:process 0, :type :invoke, :f :put, :key "k", :value "z"}
`

func TestAKVLogIsRead(t *testing.T) {
	h, err := porcupinelog.DecodeKV(strings.NewReader(kv), history.Options{})
	require.NoError(t, err)
	require.Equal(t, []history.Op{
		{ID: 0, Process: 0, In: history.Input{F: history.Append, Key: "k", Value: `"x 0 y"`}, Outcome: history.OK, Invoke: 0, Complete: 2},
		{ID: 1, Process: 1, In: history.Input{F: history.Read, Key: "k"}, Out: history.Output{Value: `"x 0 y"`}, Outcome: history.OK, Invoke: 1, Complete: 3},
		{ID: 2, Process: 1, In: history.Input{F: history.Delete, Key: "k"}, Outcome: history.OK, Invoke: 4, Complete: 5},
		{ID: 3, Process: 0, In: history.Input{F: history.Read, Key: "k"}, Outcome: history.OK, Invoke: 6, Complete: 7},
		{ID: 4, Process: 0, In: history.Input{F: history.Write, Key: "k", Value: `"z"`}, Invoke: 8, Complete: history.Never},
	}, h.Ops)
}

// happened returns what such a log can say of the operations: not which ones failed.
func happened(h history.History) []history.Op {
	var ops []history.Op
	for _, op := range h.Ops {
		if op.Outcome != history.Failed {
			ops = append(ops, history.Op{Process: op.Process, In: op.In, Out: op.Out, Outcome: op.Outcome})
		}
	}
	return ops
}

func TestWhatIsWrittenReadsBackAsItWas(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		decode func(io.Reader, history.Options) (history.History, error)
		encode func(io.Writer, history.History) error
	}{
		"etcd": {etcd, porcupinelog.DecodeEtcd, porcupinelog.EncodeEtcd},
		"kv":   {kv, porcupinelog.DecodeKV, porcupinelog.EncodeKV},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := c.decode(strings.NewReader(c.text), history.Options{})
			require.NoError(t, err)
			var text strings.Builder
			require.NoError(t, c.encode(&text, h))
			again, err := c.decode(strings.NewReader(text.String()), history.Options{})
			require.NoError(t, err, text.String())
			require.Equal(t, happened(h), happened(again))
		})
	}
}

func TestWhatALogCannotSayIsNamed(t *testing.T) {
	op := func(f history.Func, key string, value history.Value) history.History {
		return history.History{Ops: []history.Op{{In: history.Input{F: f, Key: key, Value: value}, Complete: history.Never}}}
	}
	for _, c := range []struct {
		encode func(io.Writer, history.History) error
		h      history.History
		want   string
	}{
		{porcupinelog.EncodeEtcd, op(history.Write, "k", "1"), `operation 0, write of 1 to k (outcome unknown), has the key "k", and such a log has none`},
		{porcupinelog.EncodeEtcd, op(history.Write, "", `"a"`), `operation 0, write of "a" (outcome unknown), is not a read, write or cas of whole numbers from 0 on, and such a log has nothing else`},
		{porcupinelog.EncodeEtcd, op(history.Delete, "", ""), `operation 0, delete (outcome unknown), is not a read, write or cas of whole numbers from 0 on, and such a log has nothing else`},
		{porcupinelog.EncodeKV, op(history.CAS, "k", "1"), `operation 0, compare-and-set of k from nothing to 1 (outcome unknown), is not a read, write, delete or append, and such a log has nothing else`},
		{porcupinelog.EncodeKV, op(history.Write, "k", "1"), `operation 0, write of 1 to k (outcome unknown), has a value that is no plain text, and such a log has nothing else`},
		{porcupinelog.EncodeKV, op(history.Write, "k", `"\""`), `operation 0, write of "\"" to k (outcome unknown), has a value that is no plain text, and such a log has nothing else`},
		{porcupinelog.EncodeKV, op(history.Write, "k", `""`), `operation 0, write of "" to k (outcome unknown), has a value that is no plain text, and such a log has nothing else`},
		{porcupinelog.EncodeKV, op(history.Read, `k"`, ""), `operation 0, read of k" (outcome unknown), has a key that such a log cannot write`},
	} {
		var unwritable *history.UnwritableError
		require.ErrorAs(t, c.encode(io.Discard, c.h), &unwritable)
		require.Equal(t, c.want, unwritable.Error())
	}
}

func TestADamagedLineIsNamedWithItsNumberAndItsRemedy(t *testing.T) {
	const noKV = `no event of the form {:process 3, :type :invoke, :f :put, :key "x", :value "y"}, because `
	for _, c := range []struct {
		decode     func(io.Reader, history.Options) (history.History, error)
		text, want string
	}{
		{porcupinelog.DecodeEtcd, "\nINFO  jepsen.util - 0\t:inv", `line 2: no event of the form "INFO  jepsen.util - 3 :invoke :write 4"; delete the line: an operation without a completion counts as unknown`},
		{porcupinelog.DecodeEtcd, "INFO  jepsen.util - x\t:invoke\t:read\tnil", `line 1: process x is neither a number from 0 to 2147483647 nor "nemesis" nor "monitor"; correct it`},
		{porcupinelog.DecodeEtcd, "INFO  jepsen.util - 0\t:invoke\t:append\t3", `line 1: f "append" is unknown; write read, write or cas`},
		{porcupinelog.DecodeEtcd, "INFO  jepsen.util - 0\t:invoke\t:cas\t[3]", "line 1: the value [3] is none of a cas; write a number, nil for a read that is asked or found nothing, or [expected new] for a cas"},
		{porcupinelog.DecodeEtcd, "INFO  jepsen.util - 0\t:ok\t:read\tnil", "line 1: process 0 ends a read that it did not begin; add its invocation before this line, or delete the line"},
		{porcupinelog.DecodeEtcd, "\n" + strings.Repeat("x", 70<<10), "line 2: longer than 64 KiB, which no line of such a log is; delete it"},
		{porcupinelog.DecodeKV, "\n[1]", "line 2: " + noKV + ":process is not a number; delete it: an operation without a completion counts as unknown"},
		{porcupinelog.DecodeKV, `{:process 0, :type :ok, :f :get, :key "k", :value nil}`, "line 1: " + noKV + ":value is not a string; delete it: an operation without a completion counts as unknown"},
		{porcupinelog.DecodeKV, `{:process -1, :type :ok, :f :get, :key "k", :value ""}`, "line 1: process -1 is no number from 0 to 2147483647; correct it"},
		{porcupinelog.DecodeKV, `{:process 0, :type :ok, :f :cas, :key "k", :value "x"}`, `line 1: f "cas" is unknown; write get, put or append`},
	} {
		_, err := c.decode(strings.NewReader(c.text), history.Options{})
		var wrong *history.LineError
		require.ErrorAs(t, err, &wrong, c.text)
		require.Equal(t, c.want, wrong.Error())
	}
}
