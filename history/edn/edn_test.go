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
		require.Equal(t, h, again, text.String())
	})
}

func TestItIsWrittenInJepsensWords(t *testing.T) {
	h, err := history.Decode(strings.NewReader(`
		{"time":5,"process":0,"type":"invoke","f":"cas","key":"1","value":[null,"a"],"node":"n1"}
		{"time":6,"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject","text":"kill n1"}
		{"time":7,"process":0,"type":"fail","f":"cas","key":"1","observed":2}
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
			[]op{ok(history.Txn, "", `[["append","5",1],["r","5",null]]`, `[["append","5",1],["r","5",[1]]]`)}},
		"keyed transactions": {`{:process 0, :type :invoke, :f :txn, :value [3 [[:r 5 nil]]]}
			{:process 0, :type :ok, :f :txn, :value [3 [[:r 5 nil]]]}`,
			[]op{ok(history.Txn, "3", `[["r","5",null]]`, `[["r","5",null]]`)}},
		"mutex": {`{:type :invoke, :f :acquire, :process 1, :time 3}
			{:type :ok, :f :acquire, :process 1, :time 4}
			{:type :invoke, :f :release, :process 1, :value nil}
			{:type :fail, :f :release, :process 1, :error :not-held}`,
			[]op{ok(history.Acquire, "", "", ""), failed(history.Release, "", "")}},
		"set": {`{:process 0, :type :invoke, :f :add, :value 10}
			{:process 0, :type :ok, :f :add, :value 10}
			{:process 0, :type :invoke, :f :read, :value nil}
			{:process 0, :type :ok, :f :read, :value #{10 2 :a}}`,
			[]op{ok(history.Add, "", "10", ""), ok(history.Read, "", "", `[":a",10,2]`)}},
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
	const read = `{:process 0, :type :invoke, :f :read, :value nil}` + "\n"
	for text, want := range map[string]string{
		read + "\n{:process 0, :type :ok":                         "line 3: the file ends within a map that began on line 3; delete that: an operation without a completion counts as unknown",
		"(hello)":                                                 "line 1: a symbol or a character where a map should be; write one event as a map, or delete it",
		`{:type :invoke, :f :read}`:                               "line 1: :process is missing; write a client's number or :nemesis",
		`{:process :client, :f :read}`:                            "line 1: :process is :client; write a client's number, from 0 to 2147483647, or :nemesis",
		`{:process -1, :f :read}`:                                 "line 1: :process is -1; write a client's number, from 0 to 2147483647, or :nemesis",
		"{:process 0,\n :time 1.5}":                               "line 2: :time is 1.5; write a whole number that is not negative",
		`{:process 0, :type 7}`:                                   "line 1: :type is 7; write a keyword or a string",
		`{:process 0, :type :invoke}`:                             `line 1: "f" is missing; write what was done, such as read, write or cas`,
		`{:process 0, :type :invoke, :f :push, :value 1}`:         `line 1: f "push" is unknown; write one of acquire, add, append, cas, delete, dequeue, drain, enqueue, poll, read, release, txn, write`,
		`{:process 0, :type :invoke, :f :write, :value {:a 1}}`:   "line 1: the value {:a 1} is a map; write a number, a string, a keyword, true, false, nil, or a list or set of these",
		`{:process 0, :type :invoke, :f :write, :value \a}`:       `line 1: the value \a is a symbol or a character; write a number, a string, a keyword, true, false, nil, or a list or set of these`,
		`{:process 0, :type :invoke, :f :write, :value ":a"}`:     `line 1: the string ":a" looks like a keyword; write the keyword, or another string`,
		`{:process 0, :type :invoke, :f :read, :value ["5" nil]}`: `line 1: the key "5" is a string that looks like a number or a keyword; write it as that`,
		`{:process 0, :type :invoke, :f :read, :value [nil nil]}`: "line 1: nil is no key; write a whole number, a keyword or a string",
		`{:process 0, :type :invoke, :f :read, :value ["" nil]}`:  "line 1: the key is empty, which means that there is none; give it a name",
		`{:process 0, :type :invoke, :f :txn, :value [[:inc 1]]}`: "line 1: the operation [:inc 1] of a transaction is not of the form [:r key nil], [:w key value] or [:append key value]",
		`{:process 0, :type :invoke, :f :write, :value [1 2]}`:    "line 1: the value [1 2] may be a key and a value, as jepsen.independent writes them, or one value, for which there is no use here; in the first case pass --keyed",
		`{:process 0, :type :invoke, :f :read, :value [1 nil]}
		 {:process 1, :type :invoke, :f :read, :value nil}`: "line 2: the value nil is no pair of a key and a value, as those of other operations are; write [key value] everywhere or nowhere",
		read + `{:process 1, :type :invoke, :f :write, :value [1 2]}`: "line 2: value [1,2] is not a number, string or boolean; write a number, a string, true, false or null",
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
		require.Equal(t, h, again)
	})
}
