package history_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/history"
)

// requireRoundTrip says that h survives its file format, and its operations and faults
// their place in a verdict.
func requireRoundTrip(t require.TestingT, h history.History) {
	var text strings.Builder
	require.NoError(t, history.Encode(&text, h))
	h.Notes = nil
	again, err := history.Decode(strings.NewReader(text.String()))
	require.NoError(t, err)
	require.Equal(t, h, again)

	for _, op := range h.Ops {
		encoded, err := json.Marshal(op)
		require.NoError(t, err)
		var decoded history.Op
		require.NoError(t, json.Unmarshal(encoded, &decoded), string(encoded))
		require.Equal(t, op, decoded)
	}
	for _, s := range h.Faults {
		encoded, err := json.Marshal(s)
		require.NoError(t, err)
		var decoded history.Span
		require.NoError(t, json.Unmarshal(encoded, &decoded))
		require.Equal(t, s, decoded)
	}
}

func TestAHistoryWrittenByHandNeedsFourFields(t *testing.T) {
	h, err := history.Decode(strings.NewReader(`
		{"process":0,"type":"invoke","f":"write","value":1.0}
		{"process":1,"type":"invoke","f":"cas","value":[1,2],"key":"y"}
		{"process":0,"type":"ok","f":"write"}

		{"process":1,"type":"fail","f":"cas"}
		{"process":1,"type":"invoke","f":"read","value":null}
		{"process":"nemesis","type":"info","f":"start","value":"somewhere"}
		{"process":"monitor","type":"info","f":"remark"}
		{"process":1,"type":"info","f":"read","error":"timeout"}
		{"process":2,"type":"invoke","f":"write","value":"a"}`))
	require.NoError(t, err)
	require.Equal(t, history.History{Ops: []history.Op{
		{ID: 0, Process: 0, In: history.Input{F: history.Write, Value: "1"}, Outcome: history.OK, Invoke: 0, Complete: 2},
		{ID: 1, Process: 1, In: history.Input{F: history.CAS, Key: "y", Expect: "1", Value: "2"}, Outcome: history.Failed, Invoke: 1, Complete: 3},
		{ID: 2, Process: 1, In: history.Input{F: history.Read}, Outcome: history.Unknown, Err: "timeout", Invoke: 4, Complete: history.Never},
		{ID: 3, Process: 2, In: history.Input{F: history.Write, Value: `"a"`}, Invoke: 8, Complete: history.Never},
	}, Notes: []string{"Nemesis operations that were not understood: 1 (start). Faults may have been in force that are not shown."}}, h)
	requireRoundTrip(t, h)
}

// Each function of the vocabulary with the fields that it uses, and what comes of them.
func TestEachFunctionHasItsFields(t *testing.T) {
	for _, c := range []struct {
		invoke, ok string
		in         history.Input
		out        history.Output
	}{
		{`"f":"delete","value":null`, `"f":"delete","value":null,"revision":7`,
			history.Input{F: history.Delete}, history.Output{Revision: 7}},
		{`"f":"append","value":"a"`, `"f":"append","value":"a"`,
			history.Input{F: history.Append, Value: `"a"`}, history.Output{}},
		{`"f":"append","value":5`, `"f":"append","value":5,"result":0`,
			history.Input{F: history.Append, Value: "5"}, history.Output{Value: "0"}},
		{`"f":"read"`, `"f":"read","value":[ 1, "a", [2.0] , null ]`,
			history.Input{F: history.Read}, history.Output{Value: `[1,"a",[2],null]`}},
		{`"f":"add","value":-3`, `"f":"add","value":-3`,
			history.Input{F: history.Add, Value: "-3"}, history.Output{}},
		{`"f":"enqueue","value":3`, `"f":"enqueue"`,
			history.Input{F: history.Enqueue, Value: "3"}, history.Output{}},
		{`"f":"dequeue"`, `"f":"dequeue","value":null`,
			history.Input{F: history.Dequeue}, history.Output{}},
		{`"f":"drain"`, `"f":"drain","value":[]`,
			history.Input{F: history.Drain}, history.Output{Value: "[]"}},
		{`"f":"acquire"`, `"f":"acquire","value":17`,
			history.Input{F: history.Acquire}, history.Output{Value: "17"}},
		{`"f":"acquire"`, `"f":"acquire"`,
			history.Input{F: history.Acquire}, history.Output{}},
		{`"f":"release","value":17`, `"f":"release","value":17`,
			history.Input{F: history.Release, Value: "17"}, history.Output{}},
		{`"f":"poll","value":4`, `"f":"poll","value":4,"result":["a","b"]`,
			history.Input{F: history.Poll, Value: "4"}, history.Output{Value: `["a","b"]`}},
		{`"f":"cas","value":[null,1]`, `"f":"cas","value":[null,1],"revision":3`,
			history.Input{F: history.CAS, Value: "1"}, history.Output{Swapped: true, Revision: 3}},
		{`"f":"txn","value":[["read",1,null],["w","y",2],["append","z",3],["r","z",null]]`,
			`"f":"txn","value":[["r",1,null],["w","y",2],["append","z",3],["r","z",[3]]]`,
			history.Input{F: history.Txn, Value: `[["r",1,null],["w","y",2],["append","z",3],["r","z",null]]`},
			history.Output{Value: `[["r",1,null],["w","y",2],["append","z",3],["r","z",[3]]]`}},
	} {
		h, err := history.Decode(strings.NewReader(
			`{"process":1,"type":"invoke",` + c.invoke + "}\n" + `{"process":1,"type":"ok",` + c.ok + "}\n"))
		require.NoError(t, err, c.ok)
		require.Equal(t, []history.Op{{Process: 1, In: c.in, Out: c.out, Outcome: history.OK, Complete: 1}}, h.Ops, c.ok)
		requireRoundTrip(t, h)
	}
}

func TestAFaultIsInForceOnlyWhereItsEventsProveIt(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines string
		want  []history.Span
	}{
		{"injected and healed",
			`{"time":5,"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject","text":"kill n1"}
			{"time":9,"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"heal","text":"kill n1"}`,
			[]history.Span{{ID: 1, Kind: "kill", Text: "kill n1", From: 0, To: 1, Start: 5, End: 9}}},
		{"an injection that did not work",
			`{"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject","error":"no such node"}
			{"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"heal"}`, nil},
		{"a healing that worked at the second attempt",
			`{"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject"}
			{"time":3,"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"heal","error":"timeout"}
			{"time":7,"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"heal"}`,
			[]history.Span{{ID: 1, Kind: "kill", From: 0, To: 2, End: 7}}},
		{"never healed",
			`{"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject"}
			{"time":8,"process":0,"type":"invoke","f":"read","value":null}`,
			[]history.Span{{ID: 1, Kind: "kill", From: 0, To: history.Never, End: 8}}},
		{"an event of another tool, without number and phase",
			`{"process":"nemesis","type":"info","f":"start","value":{"from":["n1"],"to":["n2"]}}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := history.Decode(strings.NewReader(c.lines))
			require.NoError(t, err)
			require.Equal(t, c.want, h.Faults)
			requireRoundTrip(t, h)
		})
	}
}

func TestEachMistakeIsNamedWithItsLineAndItsRemedy(t *testing.T) {
	const (
		write = `{"process":3,"type":"invoke","f":"write","value":1}` + "\n"
		read  = `{"process":3,"type":"invoke","f":"read","value":null}` + "\n"
		cas   = `{"process":3,"type":"invoke","f":"cas","key":"x","value":[1,2]}` + "\n"
		drain = `{"process":3,"type":"invoke","f":"drain","value":null}` + "\n"
		poll  = `{"process":3,"type":"invoke","f":"poll","value":7}` + "\n"
		txn   = `{"process":3,"type":"invoke","f":"txn","value":[["r","x",null]]}` + "\n"

		writeTxn = `; write a list such as [["r","x",null],["w","y",1],["append","z",2]]`
	)
	for _, c := range []struct{ name, text, want string }{
		{"garbage", "\n" + "hello\n",
			"line 2: not valid JSON ('h' where a value should be); delete the line: an operation without a completion counts as unknown"},
		{"not UTF-8", "{\"process\":3,\"type\":\"\xff\"}",
			`line 1: "type" is text that is not UTF-8; correct it`},
		{"no object", `[1]`,
			"line 1: a JSON number where an object should be; write one event as an object, or delete the line"},
		{"long line", write + `{"process":4,"x":"` + strings.Repeat("x", 16<<20) + "\"}\n" + write,
			"line 2: longer than 16 MiB; shorten its value, or delete the line"},
		{"no process", `{"type":"invoke","f":"read"}`,
			`line 1: "process" is missing; write a client's number or name, "nemesis" or "monitor"`},
		{"no type", `{"process":3,"f":"read"}`,
			`line 1: "type" is missing; write invoke, ok, fail or info`},
		{"unknown type", `{"process":3,"type":"done","f":"read"}`,
			`line 1: type "done" is unknown; write invoke, ok, fail or info`},
		{"no f", `{"process":3,"type":"invoke"}`,
			`line 1: "f" is missing; write what was done, such as read, write or cas`},
		{"unknown f", `{"process":3,"type":"invoke","f":"push","value":1}`,
			`line 1: f "push" is unknown; write one of acquire, add, append, cas, delete, dequeue, drain, enqueue, poll, read, release, txn, write`},
		{"index out of range", `{"index":-2,"process":3,"type":"invoke","f":"read"}`,
			"line 1: index -2 is not between 0 and 2^53; number the lines from 0"},
		{"index that does not rise", `{"index":7,` + write[1:] + `{"index":7,"process":3,"type":"ok","f":"write"}`,
			"line 2: index 7 does not rise above 7 of the event before; put the lines in order, or leave out every index"},
		{"completion without invocation", write + `{"process":4,"type":"ok","f":"write","value":1}`,
			"line 2: process 4 ends a write that it did not begin; add its invocation before this line, or delete the line"},
		{"busy process", write + read,
			"line 2: process 3 begins a read while its write of line 1 is open; give each concurrent operation a process of its own"},
		{"retired process", write + `{"process":3,"type":"info","f":"write"}` + "\n" + read,
			"line 3: process 3 begins a read although the outcome of its write of line 1 is unknown; continue with a new process number"},
		{"another f", write + `{"process":3,"type":"ok","f":"read","value":1}`,
			"line 2: process 3 ends a read but began a write on line 1; make both the same"},
		{"another key", cas + `{"process":3,"type":"ok","f":"cas","key":"y","value":[1,2]}`,
			`line 2: process 3 ends a cas of key "y" but began it with key "x" on line 1; make both the same`},
		{"another value", write + `{"process":3,"type":"ok","f":"write","value":2}`,
			"line 2: process 3 ends a write of 2 but began one of 1 on line 1; make both the same"},
		{"read without a value", read + `{"process":3,"type":"ok","f":"read"}`,
			"line 2: the ok of a read has no value; write what it found, or null if that was nothing"},
		{"write of nothing", `{"process":3,"type":"invoke","f":"write"}`,
			"line 1: the write carries null, which means absent; write its value"},
		{"cas without a pair", `{"process":3,"type":"invoke","f":"cas","value":7}`,
			"line 1: the value of a cas is 7; write [expected, new]"},
		{"cas without a value", `{"process":3,"type":"invoke","f":"cas"}`,
			"line 1: the value of a cas is missing; write [expected, new]"},
		{"drain without a list", drain + `{"process":3,"type":"ok","f":"drain","value":7}`,
			"line 2: the value of the drain is 7; write a list"},
		{"poll without a result", poll + `{"process":3,"type":"ok","f":"poll","value":7}`,
			"line 2: the ok of a poll has no result; write what it found, or null if that was nothing"},
		{"list too deep", drain + `{"process":3,"type":"ok","f":"drain","value":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`,
			"line 2: not valid JSON (nested more than 64 deep); delete the line: an operation without a completion counts as unknown"},
		{"txn that is no list", `{"process":3,"type":"invoke","f":"txn","value":1}`,
			"line 1: the value of a txn is 1: not a list" + writeTxn},
		{"txn of pairs", `{"process":3,"type":"invoke","f":"txn","value":[["r","x"]]}`,
			`line 1: the value of a txn is [["r","x"]]: its operation ["r","x"]: write [function, key, value]` + writeTxn},
		{"txn with an unknown function", `{"process":3,"type":"invoke","f":"txn","value":[["inc","x",1]]}`,
			`line 1: the value of a txn is [["inc","x",1]]: its operation ["inc","x",1]: the function is none of r, w and append` + writeTxn},
		{"txn that writes nothing", `{"process":3,"type":"invoke","f":"txn","value":[["w","x",null]]}`,
			`line 1: the value of a txn is [["w","x",null]]: its operation ["w","x",null]: the value of a write is neither null nor a list` + writeTxn},
		{"another txn", txn + `{"process":3,"type":"ok","f":"txn","value":[["r","y",1]]}`,
			`line 2: process 3 ends a txn of [["r","y",null]] but began one of [["r","x",null]] on line 1; make both the same`},
		{"fault without phase", `{"process":"nemesis","type":"info","f":"kill","fault":1}`,
			`line 1: a fault's event needs both a number "fault" and a "phase" that is "inject" or "heal"; add them, or leave both out`},
		{"fault injected twice", strings.Repeat(`{"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject"}`+"\n", 2),
			"line 2: fault 1 is injected while it is in force; heal it before, or give this one another number"},
		{"leader without term", `{"process":"monitor","type":"info","f":"leader","node":"n2"}`,
			`line 1: a leader's event needs a "node" and its term, a whole number, as "value"; add them, or delete the line`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := history.Decode(strings.NewReader(c.text))
			require.EqualError(t, err, c.want)
		})
	}
}

func TestAMistakeInAFileIsNamedWithTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	require.NoError(t, os.WriteFile(path, []byte("\n\n{}x"), 0o600))
	_, err := history.ReadFile(path)
	require.EqualError(t, err, path+":3: not valid JSON ('x' where the end of the line should be); delete the line: an operation without a completion counts as unknown")
	_, err = history.ReadFile(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestTwoEventsNeverShareAPosition(t *testing.T) {
	h := history.History{Leaders: []history.LeaderChange{{Node: "n1"}, {Node: "n2"}}}
	require.EqualError(t, history.Encode(&strings.Builder{}, h), "write history: two events have position 0")
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"index":0,"time":41000,"process":1,"type":"invoke","f":"write","key":"x","value":2,"node":"n1"}
{"index":1,"time":52000,"process":"nemesis","type":"info","f":"partition","value":{"from":["n1"],"to":["n2","n3"]}}
{"index":2,"time":156000,"process":1,"type":"info","f":"write","key":"x","value":2,"error":"timeout"}`)
	f.Add(`{"process":1,"type":"invoke","f":"cas","value":[null,"\u00e4"]}
{"process":1,"type":"fail","f":"cas","observed":1e20}
{"process":"monitor","type":"info","f":"leader","node":"n2","value":7}`)
	f.Add(`{"process":"nemesis","type":"info","f":"kill","fault":3,"phase":"inject","text":"kill n1"}
{"process":0,"type":"invoke","f":"read"}
{"process":0,"type":"ok","f":"read","value":-0.0}
{"process":"nemesis","type":"info","f":"kill","fault":3,"phase":"heal"}`)
	f.Add(`{"process":1,"type":"invoke","f":"txn","value":[["r","x",null],["append",7,"a"]]}
{"process":1,"type":"ok","f":"txn","value":[["r","x",[1,null]],["append",7,"a"]],"revision":5}
{"process":1,"type":"invoke","f":"poll","value":2}
{"process":1,"type":"ok","f":"poll","result":[[1],[]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		h, err := history.Decode(strings.NewReader(text))
		if err != nil {
			return
		}
		requireRoundTrip(t, h)
	})
}

// Files and tools that know only registers must not notice the rest of the vocabulary.
func TestARegisterHistoryKeepsItsBytes(t *testing.T) {
	const text = `{"index":0,"time":1,"process":0,"type":"invoke","f":"write","key":"x","value":2,"node":"n1"}
{"index":1,"time":2,"process":1,"type":"invoke","f":"cas","key":"x","value":[null,"a"],"node":"n2"}
{"index":2,"time":3,"process":0,"type":"ok","f":"write","key":"x","value":2,"node":"n1"}
{"index":3,"time":4,"process":1,"type":"fail","f":"cas","key":"x","value":[null,"a"],"observed":2,"node":"n2"}
{"index":4,"time":5,"process":0,"type":"invoke","f":"read","key":"x","value":null,"node":"n1"}
{"index":5,"time":6,"process":0,"type":"ok","f":"read","key":"x","value":2,"node":"n1"}
{"index":6,"time":7,"process":0,"type":"invoke","f":"cas","key":"x","value":[2,3],"node":"n1"}
{"index":7,"time":8,"process":0,"type":"ok","f":"cas","key":"x","value":[2,3],"node":"n1"}
{"index":8,"time":9,"process":0,"type":"invoke","f":"write","key":"x","value":4,"node":"n1"}
{"index":9,"time":9,"process":0,"type":"fail","f":"write","key":"x","value":4,"node":"n1","error":"no leader"}
`
	h, err := history.Decode(strings.NewReader(text))
	require.NoError(t, err)
	var again strings.Builder
	require.NoError(t, history.Encode(&again, h))
	require.Equal(t, text, again.String())
}

// What is no evidence may be anything, and files look as the tools of the field write them.
func TestWhatIsNoEvidenceMayBeAnything(t *testing.T) {
	const invoke, ok = `{"process":0,"type":"invoke","f":"write","value":1}`, `{"process":0,"type":"ok","f":"write","value":1}`
	written := []history.Op{{In: history.Input{F: history.Write, Value: "1"}, Outcome: history.OK, Complete: 1}}
	for name, text := range map[string]string{
		"lines":                invoke + "\n" + ok,
		"byte-order mark":      "\ufeff" + invoke + "\n" + ok,
		"array":                "[" + invoke + ",\n" + ok + "]\n",
		"pretty-printed":       strings.ReplaceAll(invoke+ok, ",", ",\n  "),
		"pretty-printed array": strings.ReplaceAll("[\n"+invoke+",\n"+ok+"\n]", ":", ":\n"),
		"side fields":          strings.ReplaceAll(invoke, "}", `,"time":"2020-01-01","text":5,"fault":"x","revision":"r","phase":[],"extra":{"a":[1,{}]},"VALUE":7}`) + "\n" + ok,
		"observed and result":  invoke + "\n" + strings.ReplaceAll(ok, "}", `,"observed":1,"result":{}}`),
		"index and time of -1": strings.ReplaceAll(invoke+"\n"+ok, "{", `{"index":-1,"time":-1,`),
		"escaped names":        strings.ReplaceAll(invoke, `"f"`, `"\u0066"`) + "\n" + ok,
	} {
		h, err := history.Decode(strings.NewReader(text))
		require.NoError(t, err, name)
		require.Equal(t, history.History{Ops: written}, h, name)
	}
	for name, text := range map[string]string{
		"twice":         strings.ReplaceAll(invoke, "}", `,"value":1}`),
		"twice unknown": strings.ReplaceAll(invoke, "}", `,"x":1,"x":2}`),
		"VALUE alone":   strings.ReplaceAll(invoke, "value", "VALUE"),
		"half a pair":   strings.ReplaceAll(invoke, ":1}", `:"a\ud800"}`),
		"half a key":    strings.ReplaceAll(invoke, "}", `,"key":"\ud800"}`),
		"after array":   "[" + invoke + "]" + ok,
		"index":         strings.ReplaceAll(invoke, "}", `,"index":"x"}`),
	} {
		_, err := history.Decode(strings.NewReader(text + "\n"))
		require.ErrorContains(t, err, "line 1: ", name)
	}
}

func TestWhatIsCutOffAtTheEndIsLeftOutAndSaidSo(t *testing.T) {
	const text = `{"process":0,"type":"invoke","f":"write","value":1}` + "\n" + `{"process":0,"type":"ok","f":"write","value":1}`
	for _, whole := range []string{text, "[" + strings.ReplaceAll(text, "\n", ",\n") + "]"} {
		for end := 1; end < len(whole)-1; end++ {
			h, err := history.Decode(strings.NewReader(whole[:end]))
			require.NoError(t, err, whole[:end])
			if strings.HasSuffix(whole[:end], "}") && whole[0] == '{' || whole[end-1] == '\n' {
				continue
			}
			require.Len(t, h.Notes, 1, whole[:end])
			require.Contains(t, h.Notes[0], "cut off", whole[:end])
		}
	}
}

func TestClientsMayHaveNames(t *testing.T) {
	h, err := history.Decode(strings.NewReader(`{"process":"c0","type":"invoke","f":"read"}
		{"process":4,"type":"invoke","f":"read"}
		{"process":"c1","type":"invoke","f":"read"}
		{"process":"c0","type":"ok","f":"read","value":null}`))
	require.NoError(t, err)
	require.Equal(t, []history.Process{5, 4, 6}, []history.Process{h.Ops[0].Process, h.Ops[1].Process, h.Ops[2].Process})
	require.Equal(t, []string{"Clients have names instead of numbers: c0 is 5, c1 is 6."}, h.Notes)
}

func TestTransactionsNeedNoNameOfTheirOwn(t *testing.T) {
	h, err := history.Decode(strings.NewReader(`{"process":0,"type":"invoke","value":[["append",1,1],["r",2,null]]}
		{"process":0,"type":"ok","value":[["append",1,1],["r",2,[]]]}
		{"process":1,"type":"invoke","f":"read","value":[["r",6,5]]}
		{"process":1,"type":"fail","f":"read"}
		{"process":0,"type":"invoke","f":"lock"}`))
	require.NoError(t, err)
	require.Equal(t, history.Value(`[["append",1,1],["r",2,[]]]`), h.Ops[0].Out.Value)
	require.Equal(t, history.Input{F: history.Txn, Value: `[["r",6,null]]`}, h.Ops[1].In)
	require.Equal(t, history.Acquire, h.Ops[2].In.F)
}

func TestEventsAreOrderedAsAsked(t *testing.T) {
	const text = `{"process":0,"type":"invoke","f":"write","value":1,"time":10,"index":2}
		{"process":0,"type":"ok","f":"write","value":1,"time":30,"index":3}
		{"process":1,"type":"invoke","f":"read","time":30,"index":0}
		{"process":1,"type":"ok","f":"read","value":null,"time":30,"index":1}
		{"process":1,"type":"invoke","f":"read","time":30,"index":4}`
	decode := func(o history.Options) history.History {
		h, err := o.Decode(strings.NewReader(text))
		require.NoError(t, err)
		return h
	}
	byIndex := decode(history.Options{Order: history.ByIndex})
	require.Equal(t, history.Process(1), byIndex.Ops[0].Process)
	require.Contains(t, byIndex.Notes[0], "were sorted by them")
	byTime := decode(history.Options{Order: history.ByTime, Functions: map[string]history.Func{"write": history.Add}, Initial: "0"})
	var order []string
	for _, op := range byTime.Ops {
		order = append(order, fmt.Sprintf("%d %s %d-%d", op.Process, op.In.F, op.Invoke, min(op.Complete, 99)))
	}
	require.Equal(t, []string{"2 write 0-1", "0 add 2-4", "1 read 3-5", "1 read 6-99"}, order)
	_, err := history.Decode(strings.NewReader(text))
	require.ErrorContains(t, err, "line 3: index 0 does not rise above 3")
}
