package history_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
	"senkei/history/historytest"
)

func TestEqualValuesHaveOneText(t *testing.T) {
	for text, want := range map[string]history.Value{
		`null`: history.Absent, ` 7 `: "7", `-0`: "0", `-0.0`: "0", `1.0`: "1", `1e2`: "100", `1.50`: "1.5",
		`100000000000000000000`: "100000000000000000000", `1e20`: "100000000000000000000", `1e22`: "1e22", `1000000000000000000000000`: "1e24", `123456789012345678901234567890.0`: "123456789012345678901234567890",
		`9007199254740993.0`: "9007199254740993", `0.12345678901234567892`: "0.12345678901234567892", `-12e-1`: "-1.2", `1e-7`: "1e-7",
		`0.0000012`: "0.0000012", `0e99999999999999`: "0", `1.5e400`: "1.5e400", `1234567890123456789012e1`: "12345678901234567890120",
		`{"b":1.0,"a":[{}]}`: `{"a":[{}],"b":1}`, `{"#set":[1,2]}`: `{"#set":[1,2]}`, `{"#":"sym"}`: `{"#":"sym"}`,
		`{"#map":[[1,2]]}`: `{"#map":[[1,2]]}`, `{"#tag":["inst","2020"]}`: `{"#tag":["inst","2020"]}`, `"\ud83d\ude00"`: `"😀"`,
		`true`: "true", `"\u0061\/<"`: `"a/<"`, `"\u2028"`: `"\u2028"`,
	} {
		got, err := history.ParseValue([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{``, `01`, `1 2`, `"`, "\"\xff\"", `1e9999999999`, `nul`, `[1`, `[1,]`, `{1:2}`, `"\ud800"`, `"\ud800\u0041"`, `"\ude00\ud83d"`,
		`"\x"`, "\"\n\"", `{"a":1,"a":1}`, `{"a":1,"\u0061":1}`, `{"#set":[2,1]}`, `{"#set":[1,1]}`, `{"#set":1}`, `{"#set":[],"a":1}`, `{"#":1}`, `{"#map":[["a",1]]}`,
		`{"#map":[1]}`, `{"#tag":[1,2]}`, `{"#tag":["a"]}`, strings.Repeat("[", 70) + strings.Repeat("]", 70)} {
		_, err := history.ParseValue([]byte(text))
		require.Error(t, err, text)
	}
}

func TestAValueIsTheScalarItWasMadeFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := historytest.Maybe.Draw(t, "value")
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		var again history.Value
		require.NoError(t, json.Unmarshal(encoded, &again))
		require.Equal(t, v, again)

		s := rapid.String().Draw(t, "text")
		got, ok := history.Text(s).Text()
		require.True(t, ok)
		require.Equal(t, s, got)
	})
	_, ok := history.Int(7).Text()
	require.False(t, ok)
	_, ok = history.Absent.Text()
	require.False(t, ok)
}

func TestDifferentValuesAreDifferentKeys(t *testing.T) {
	for key, v := range map[string]history.Value{
		"x": `"x"`, "1": "1", `"1"`: `"1"`, `"\"1\""`: `"\"1\""`, `""`: `""`, "[1,2]": "[1,2]", "true": "true", `"true"`: `"true"`, "1.0": `"1.0"`,
		`{"#":"nil"}`: history.Absent, "null": `"null"`, ":x": `":x"`, "{": `"{"`, "no": `"no"`,
	} {
		if v == `"null"` {
			key = `"null"`
		}
		require.Equal(t, key, history.KeyOf(v), v)
		if v != history.Absent {
			require.Equal(t, v, history.KeyValue(key), key)
		}
	}
}

func TestAValueIsShownWithoutControlCharactersAndNotAtAnyLength(t *testing.T) {
	set, err := history.Set("2", "1")
	require.NoError(t, err)
	mixed, err := history.Map(history.Entry{Key: "1", Value: set}, history.Entry{Key: `"a"`, Value: history.Absent})
	require.NoError(t, err)
	for want, v := range map[string]history.Value{
		"nothing": history.Absent, `"a\u202eb\u009b\u0000"`: history.Text("a\u202eb\u009b\x00"), "#{1,2}": set, `{"a":null,1:#{1,2}}`: mixed,
		"#inst \"2020\"": history.Tagged("inst", `"2020"`), `\a`: history.Symbol(`\a`),
	} {
		require.Equal(t, want, v.String())
	}
	long := history.Text(strings.Repeat("é", 1000)).String()
	require.Contains(t, long, "… 1002 characters …")
	require.Less(t, len([]rune(long)), 160)
}

func TestSetsAndMapsYieldWhatTheyWereMadeOf(t *testing.T) {
	_, err := history.Set("1", "1")
	require.EqualError(t, err, "a set with 1 twice")
	_, err = history.Map(history.Entry{Key: "1"}, history.Entry{Key: "1", Value: "2"})
	require.EqualError(t, err, "an object with 1 twice")
	for _, entries := range [][]history.Entry{
		nil, {{Key: `"a"`, Value: "1"}, {Key: `"b,\"}"`, Value: history.Absent}}, {{Key: "1", Value: "[2]"}}, {{Key: `"#set"`, Value: "[2]"}},
	} {
		v, err := history.Map(entries...)
		require.NoError(t, err)
		require.True(t, v.IsMap())
		require.False(t, v.IsList())
		var got []history.Entry
		for key, value := range v.Entries() {
			got = append(got, history.Entry{Key: key, Value: value})
		}
		require.Equal(t, entries, got)
		again, err := history.ParseValue([]byte(v))
		require.NoError(t, err)
		require.Equal(t, v, again)
	}
}

func TestBytesThatAreNoTextAreKeptApart(t *testing.T) {
	a, b := history.Text("\xff"), history.Text("\xfe")
	require.NotEqual(t, a, b)
	require.NotEqual(t, a, history.Text("\uFFFD"))
	again, err := history.ParseValue([]byte(a))
	require.NoError(t, err)
	require.Equal(t, a, again)
	require.Equal(t, `#base64 "/w=="`, a.String())
}
