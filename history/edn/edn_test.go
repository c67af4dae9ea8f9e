package edn_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
	"senkei/history/edn"
	"senkei/history/historytest"
)

func TestWhatIsWrittenReadsBackAsItWas(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := historytest.History(t, dir)
		keyed := rapid.Bool().Draw(t, "keyed")
		for i, op := range h.Ops {
			switch {
			case !keyed:
				h.Ops[i].In.Key = ""
			case op.In.Key == "":
				h.Ops[i].In.Key = "7"
			}
		}
		var text strings.Builder
		require.NoError(t, edn.Encode(&text, h))
		again, err := edn.Decode(strings.NewReader(text.String()), edn.Options{Keyed: keyed})
		require.NoError(t, err, text.String())
		again.Notes = nil // such as that a recorded fault could not be injected
		require.Equal(t, h, again, text.String())
	})
}

func TestItIsWrittenInJepsensWords(t *testing.T) {
	h, err := history.Decode(strings.NewReader(`
		{"time":5,"process":0,"type":"invoke","f":"cas","key":1,"value":[null,"a"],"node":"n1"}
		{"time":6,"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject","text":"kill n1"}
		{"time":7,"process":0,"type":"fail","f":"cas","key":1,"observed":2}
		{"time":8,"process":"monitor","type":"info","f":"leader","node":"n2","value":3}
		{"time":9,"process":0,"type":"invoke","f":"txn","key":":x","value":[["append",5,1],["r","y",null]]}
		{"time":9,"process":0,"type":"ok","f":"txn","key":":x","value":[["append",5,1],["r","y",[1,":a"]]],"revision":4}
		{"time":9,"process":0,"type":"invoke","f":"read","key":"z"}
		{"time":10,"process":0,"type":"info","f":"read","key":"z","error":"a \"b\"\n"}`))
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, edn.Encode(&text, h))
	require.Equal(t, `{:index 0, :time 5, :process 0, :type :invoke, :f :cas, :value [1 [nil "a"]], :node "n1"}
{:index 1, :time 6, :process :nemesis, :type :info, :f :kill, :value nil, :fault 1, :phase :inject, :text "kill n1"}
{:index 2, :time 7, :process 0, :type :fail, :f :cas, :value [1 [nil "a"]], :observed 2, :node "n1"}
{:index 3, :time 8, :process :nemesis, :type :info, :f :leader, :value 3, :monitor true, :node "n2"}
{:index 4, :time 9, :process 0, :type :invoke, :f :txn, :value [:x [[:append 5 1] [:r "y" nil]]]}
{:index 5, :time 9, :process 0, :type :ok, :f :txn, :value [:x [[:append 5 1] [:r "y" [1 :a]]]], :revision 4}
{:index 6, :time 9, :process 0, :type :invoke, :f :read, :value ["z" nil]}
{:time 10, :process 0, :type :info, :f :read, :value ["z" nil], :error "a \"b\"\n"}
`, text.String())
}

func TestOperationsWithAndWithoutAKeyHaveNoFormTogether(t *testing.T) {
	h := history.History{Ops: []history.Op{{In: history.Input{F: history.Read, Key: "x"}}, {In: history.Input{F: history.Read}, Invoke: 1}}}
	require.EqualError(t, edn.Encode(&strings.Builder{}, h),
		"1 of 2 operations have a key and the others have none, and EDN has no form for both")
}

// op is what matters of an operation that was read.
type op struct {
	in      history.Input
	out     history.Output
	outcome history.Outcome
}

func ok(f history.Func, key string, value, found history.Value) op {
	return op{history.Input{F: f, Key: key, Value: value}, history.Output{Value: found}, history.OK}
}

func TestEachWorkloadOfJepsenIsRead(t *testing.T) {
	failed := func(f history.Func, key string, value history.Value) op {
		return op{history.Input{F: f, Key: key, Value: value}, history.Output{}, history.Failed}
	}
	swap := func(key string, outcome history.Outcome) op {
		return op{history.Input{F: history.CAS, Key: key, Expect: "1", Value: "2"}, history.Output{Swapped: outcome == history.OK}, outcome}
	}
	for name, c := range map[string]struct {
		text string
		want []op
	}{
		"cas-register": {`[{:process 0, :type :invoke, :f :write, :value 1, :index 3}
			{:process 0, :type :ok, :f :write, :value 1, :index 5}
			{:process 1, :type :invoke, :f :read, :value nil, :time 7}
			{:process 1, :type :ok, :f :read, :value 1, :time 8}
			{:process 1, :type :invoke, :f :cas, :value [1 2]}
			{:process 1, :type :ok, :f :cas, :value [1 2]}
			{:process 1, :type :invoke, :f :cas, :value [1 2]}
			{:process 1, :type :fail, :f :cas, :value [1 2]}
			{:process 1, :type :invoke, :f :cas, :value [1 2]}
			{:process 1, :type :info, :f :cas, :value :timed-out, :error [:timeout "5s"]}]`,
			[]op{ok(history.Write, "", "1", ""), ok(history.Read, "", "", "1"), swap("", history.OK), swap("", history.Failed), swap("", history.Unknown)}},
		"independent": {`{:process 0, :type :invoke, :f :write, :value [5 1]}
			{:process 1, :type :invoke, :f :cas, :value [:x [1 2]]}
			{:process 0, :type :ok, :f :write, :value [5 1]}
			{:process 1, :type :ok, :f :cas, :value [:x [1 2]]}
			{:process 0, :type :invoke, :f :read, :value #jepsen.independent.Tuple ["a" nil]}
			{:process 0, :type :ok, :f :read, :value ["a" 1]}`,
			[]op{ok(history.Write, "5", "1", ""), swap(":x", history.OK), ok(history.Read, "a", "", "1")}},
		"multi-register": {`{:process 0, :type :invoke, :f :txn, :value [[:read :x nil] [:write :y 2]]}
			{:process 0, :type :ok, :f :txn, :value [[:read :x 0] [:write :y 2]]}`,
			[]op{ok(history.Txn, "", `[["r",":x",null],["w",":y",2]]`, `[["r",":x",0],["w",":y",2]]`)}},
		"list-append": {`#jepsen.history.Op{:process 0, :type :invoke, :f :txn, :value [[:append 5 1] [:r 5 nil]]}
			#jepsen.history.Op{:process 0, :type :ok, :f :txn, :value [[:append 5 1] [:r 5 [1]]]}`,
			[]op{ok(history.Txn, "", `[["append",5,1],["r",5,null]]`, `[["append",5,1],["r",5,[1]]]`)}},
		"keyed transactions": {`{:process 0, :type :invoke, :f :txn, :value [3 [[:r 5 nil]]]}
			{:process 0, :type :ok, :f :txn, :value [3 [[:r 5 nil]]]}`,
			[]op{ok(history.Txn, "3", `[["r",5,null]]`, `[["r",5,null]]`)}},
		"mutex": {`{:type :invoke, :f :acquire, :process 1, :time 3}
			{:type :ok, :f :acquire, :process 1, :time 4}
			{:type :invoke, :f :release, :process 1, :value nil}
			{:type :fail, :f :release, :process 1, :error :not-held}`,
			[]op{ok(history.Acquire, "", "", ""), failed(history.Release, "", "")}},
		"set": {`{:process 0, :type :invoke, :f :add, :value 10}
			{:process 0, :type :ok, :f :add, :value 10}
			{:process 0, :type :invoke, :f :read, :value nil}
			{:process 0, :type :ok, :f :read, :value #{10 2 :a}}`,
			[]op{ok(history.Add, "", "10", ""), ok(history.Read, "", "", `{"#set":[":a",10,2]}`)}},
		"queue": {`{:process 0, :type :invoke, :f :enqueue, :value 1}
			{:process 0, :type :ok, :f :enqueue, :value 1}
			{:process 0, :type :invoke, :f :dequeue, :value nil}
			{:process 0, :type :ok, :f :dequeue, :value 1}
			{:process 0, :type :invoke, :f :drain, :value nil}
			{:process 0, :type :ok, :f :drain, :value (2 3)}`,
			[]op{ok(history.Enqueue, "", "1", ""), ok(history.Dequeue, "", "", "1"), ok(history.Drain, "", "", "[2,3]")}},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := edn.Decode(strings.NewReader(c.text), edn.Options{})
			require.NoError(t, err)
			var got []op
			for _, o := range h.Ops {
				got = append(got, op{o.In, o.Out, o.Outcome})
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestTheErrorOfAnOperationIsKept(t *testing.T) {
	h, err := edn.Decode(strings.NewReader(`{:process 0, :type :invoke, :f :read, :value nil}
		{:process 0, :type :info, :f :read, :value nil, :error [:timeout {:via #object[java.net.ConnectException 0x1a "x"]}]}`), edn.Options{})
	require.NoError(t, err)
	require.Equal(t, `[:timeout {:via #object [java.net.ConnectException 0x1a "x"]}]`, h.Ops[0].Err)
}

// A fault is in force between the events at which Jepsen's nemesis had begun it and had not
// yet begun to end it.
func TestTheNemesisOfJepsenSaysWhenFaultsWereInForce(t *testing.T) {
	h, err := edn.Decode(strings.NewReader(`
		{:process :nemesis, :type :info, :f :start-partition, :value :majority, :time 1}
		{:process :nemesis, :type :info, :f :kill, :value :all, :time 2}
		{:process :nemesis, :type :info, :f :start-partition, :value [:isolated {"n1" #{"n2"}}], :time 3}
		{:process :nemesis, :type :info, :f :kill, :value {"n1" :killed}, :time 4}
		{:process 0, :type :invoke, :f :read, :value nil, :time 5}
		{:process :nemesis, :type :info, :f :start, :value :all, :time 6}
		{:process :nemesis, :type :info, :f :start, :value {"n1" :started}, :time 7}
		{:process :nemesis, :type :info, :f :stop-partition, :value nil, :time 8}
		{:process :nemesis, :type :info, :f :stop-partition, :value :network-healed, :time 9}
		{:process :nemesis, :type :info, :f :pause, :value nil, :time 10}
		{:process :nemesis, :type :info, :f :pause, :value nil, :time 11, :error "no such node"}`), edn.Options{})
	require.NoError(t, err)
	require.Equal(t, []history.Span{
		{ID: 1, Kind: "partition", Text: `start-partition [:isolated {"n1" #{"n2"}}]`, From: 2, To: 7, Start: 3, End: 8},
		{ID: 2, Kind: "kill", Text: `kill {"n1" :killed}`, From: 3, To: 5, Start: 4, End: 6},
	}, h.Faults)
}

func TestWhatIsWrongIsNamedWithItsLineAndItsRemedy(t *testing.T) {
	for text, want := range map[string]string{
		"(hello)":                   "line 1: a symbol or a character where a map should be; write one event as a map, or delete it",
		`{:type :invoke, :f :read}`: "line 1: :process is missing; write a client's number or name, or :nemesis",
		`{:process [1], :f :read}`:  "line 1: :process is [1]; write a client's number or name, or :nemesis",
		`{:process 0, :index 1.5}`:  "line 1: :index is 1.5; write a whole number",
		`{:process 0, :type :invoke, :f :txn, :value [[:inc 1]]}`: `line 1: the value of a txn is [[":inc",1]]: its operation [":inc",1]: write [function, key, value]; write a list such as [["r","x",null],["w","y",1],["append","z",2]]`,
		`{:process 0, :type :invoke, :f :write, :value #{1 1.0}}`: "line 1: the value #{1 1.0}: a set with 1 twice; correct it",
		`{:process 0, :type 7}`:                                   "line 1: :type is 7; write a keyword or a string",
		`{:process 0, :type :invoke}`:                             `line 1: "f" is missing; write what was done, such as read, write or cas`,
		`{:process 0, :type :invoke, :f :push, :value 1}`:         `line 1: f "push" is unknown; write one of acquire, add, append, cas, delete, dequeue, drain, enqueue, poll, read, release, txn, write`,
		`{:process 0, :type :invoke, :f :write, :value [1 2]}`:    "line 1: the value [1 2] may be a key and a value, as jepsen.independent writes them, or one value; in the first case pass --keyed",
		`{:process 0, :type :invoke, :f :read, :value [1 nil]}
		 {:process 1, :type :invoke, :f :read, :value nil}`: "line 2: the value nil is no pair of a key and a value, as those of other operations are; write [key value] everywhere or nowhere",
	} {
		_, err := edn.Decode(strings.NewReader(text), edn.Options{})
		var wrong *history.LineError
		require.ErrorAs(t, err, &wrong, text)
		require.Equal(t, want, wrong.Error())
	}
}

func TestKeyedValuesThatMayBeOneValueAreReadWhenAsked(t *testing.T) {
	h, err := edn.Decode(strings.NewReader(`{:process 0, :type :invoke, :f :write, :value [1 2]}`), edn.Options{Keyed: true})
	require.NoError(t, err)
	require.Equal(t, history.Input{F: history.Write, Key: "1", Value: "2"}, h.Ops[0].In)
}

// Values and keys are of any kind, and different ones stay different.
func TestAnyValueAndAnyKeyIsKept(t *testing.T) {
	seen := map[history.Value]string{}
	for _, text := range []string{
		`1`, `"1"`, `1.5`, `true`, `"true"`, `:a`, `":a"`, `a`, `"a"`, `\\a`, `1/3`, `[1 2]`, `#{1 2}`, `{1 2}`, `{"a" 1}`, `{:a 1}`, `{":a" 1}`, `{"#set" [1]}`,
		`#{[nil {:b #{}}]}`, `#inst "2020"`, `"#inst"`, `12345678901234567890.123456789`, `""`, `":"`, `"a\\u2028\\n"`, `[]`, `#{}`, `{}`,
	} {
		h, err := edn.Decode(strings.NewReader("{:process 0, :type :invoke, :f :write, :value ["+text+" "+text+"]} {:process 1, :type :invoke, :f :read, :value [1 nil]}"), edn.Options{})
		require.NoError(t, err, text)
		v := h.Ops[0].In.Value
		require.Equal(t, v, history.KeyValue(h.Ops[0].In.Key), text)
		require.Empty(t, seen[v], "%s", text)
		seen[v] = text

		var lines, back strings.Builder
		require.NoError(t, history.Encode(&lines, h))
		again, err := history.Decode(strings.NewReader(lines.String()))
		require.NoError(t, err, lines.String())
		require.Equal(t, h, again)
		require.NoError(t, edn.Encode(&back, h))
		again, err = edn.Decode(strings.NewReader(back.String()), edn.Options{})
		require.NoError(t, err, back.String())
		require.Equal(t, h, again)
	}
}

func TestTheTextFormOfJepsenIsRead(t *testing.T) {
	h, err := edn.DecodeText(strings.NewReader("0\t:invoke\t:write\t[1 5]\n:nemesis\t:info\t:start\tnil\n1\t:invoke\t:read\t[1 nil]\n0\t:ok\t:write\t[1 5]\n1\t:info\t:read\t[1 nil]\t:timeout\n"), edn.Options{})
	require.NoError(t, err)
	require.Equal(t, []history.Op{
		{In: history.Input{F: history.Write, Key: "1", Value: "5"}, Outcome: history.OK, Complete: 3},
		{ID: 1, Process: 1, In: history.Input{F: history.Read, Key: "1"}, Invoke: 2, Complete: history.Never},
	}, h.Ops)
	_, err = edn.DecodeText(strings.NewReader("0\t:invoke\n"), edn.Options{})
	require.ErrorContains(t, err, "line 1: no event of the form")
}

func TestAMapThatIsCutOffIsLeftOutAndSaidSo(t *testing.T) {
	const read = `{:process 0, :type :invoke, :f :read, :value nil}` + "\n"
	for _, text := range []string{read + "{:process 0, :ty", "[" + read, "[" + read + `{:process 0, :error "x`} {
		h, err := edn.Decode(strings.NewReader(text), edn.Options{})
		require.NoError(t, err)
		require.Len(t, h.Ops, 1)
		require.Len(t, h.Notes, 1)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{:process 0, :type :invoke, :f :write, :value [1 2]}`, true)
	f.Add(`[{:process 0, :type :invoke, :f :txn, :value [[:append 5 1] [:r :x nil]]}
		{:process :nemesis, :type :info, :f :start-partition, :value nil}
		{:process 0, :type :ok, :f :txn, :value [[:append 5 1] [:r :x #{1 nil "a"}]], :time 5}]`, false)
	f.Fuzz(func(t *testing.T, text string, keyed bool) {
		h, err := edn.Decode(strings.NewReader(text), edn.Options{Keyed: keyed})
		if err != nil {
			return
		}
		var written strings.Builder
		if edn.Encode(&written, h) != nil {
			return
		}
		again, err := edn.Decode(strings.NewReader(written.String()), edn.Options{Keyed: len(h.Ops) > 0 && h.Ops[0].In.Key != ""})
		require.NoError(t, err, written.String())
		again.Notes, h.Notes = nil, nil
		require.Equal(t, h, again)
	})
}
