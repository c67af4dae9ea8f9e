package form_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"senkei/history"
	"senkei/history/edn/form"
)

// read returns all forms with their lines, and the error.
func read(text string) (forms []string, err error) {
	r := form.NewReader(iotest.OneByteReader(strings.NewReader(text)))
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return forms, nil
		}
		if err != nil {
			return forms, err
		}
		forms = append(forms, fmt.Sprintf("%d: %s", f.Line, f))
	}
}

func TestFormsAreReadWithTheirLines(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" ; nothing\n", nil},
		{"{:a 1}\n\n{:b nil,\n :c [true \"x\"]}", []string{"1: {:a 1}", "3: {:b nil :c [true \"x\"]}"}},
		{"; printed at once\n[{:a 1}\n {:a 2}]\n; the end", []string{"2: {:a 1}", "3: {:a 2}"}},
		{"(1 2)", []string{"1: 1", "1: 2"}},
		{"[]", nil},
		{"1 [2]", []string{"1: 1", "1: [2]"}},
		{"#{1 [2] #{}} {} ()", []string{"1: #{1 [2] #{}}", "1: {}", "1: []"}},
		{"1 -2 +3 4N 1.5M 1e3 0.25", []string{"1: 1", "1: -2", "1: 3", "1: 4", "1: 1.5", "1: 1e3", "1: 0.25"}},
		{`x 1/2 ##NaN \a \( \newline #"a b"`, []string{"1: x", "1: 1/2", "1: ##NaN", `1: \a`, `1: \(`, `1: \newline`, `1: #"a b"`}},
		{`"" "a\n\t\\\"\u00e9\ud83d\ude00é"`, []string{`1: ""`, `1: "a\n\t\\\"é😀é"`}},
		{"#jepsen.history.Op{:a 1} #inst \"2020\"", []string{"1: #jepsen.history.Op {:a 1}", "1: #inst \"2020\""}},
		{"1 #_ {:gone 1} 2 [3 #_4 #_ #_ 5 6 7]", []string{"1: 1", "1: 2", "1: [3 7]"}},
		{`1 ^{:a 1} [2] ^:b 3 #'x/y #"\d\"" #:ns{:a 1}`, []string{"1: 1", "1: [2]", "1: 3", "1: #'x/y", `1: #"\d\""`, "1: #:ns {:a 1}"}},
		{":a/b :c.d", []string{"1: :a/b", "1: :c.d"}},
	} {
		got, err := read(c.text)
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got, c.text)
	}
}

func TestATokenIsWhatClojureTakesItFor(t *testing.T) {
	for kind, tokens := range map[form.Kind][]string{
		form.Nil: {"nil"}, form.Bool: {"true", "false"}, form.Keyword: {":a", ":a/b"},
		form.Number: {"0", "-1", "+2", "3N", "1.5M", "1e3"},
		form.Other:  {"x", ":", "1/2", "017", "0x1a", "1.", ".5", "##Inf", `\a`, `\1`},
	} {
		for _, token := range tokens {
			f, err := form.NewReader(strings.NewReader(token)).Next()
			require.NoError(t, err)
			require.Equal(t, kind, f.Kind, token)
		}
	}
}

func TestWhatIsNoFormIsNamedWithItsLineAndItsRemedy(t *testing.T) {
	for text, want := range map[string]string{
		"\n{:a 1":                            "line 2: the file ends within a map that began on line 2; delete that: an operation without a completion counts as unknown",
		"{:a \n\"x":                          "line 2: the file ends within a string that began on line 2; delete that: an operation without a completion counts as unknown",
		"[{:a 1}\n":                          "line 2: the file ends within the list that began on line 1; it is incomplete: end it with ] if nothing is missing",
		"[1] 2":                              "line 1: something follows the list that began on line 1; put all events into one list, or into none",
		"{:a\n}":                             "line 2: the map that began on line 1 has a key without a value; add it",
		"{:a 1 :a 2}":                        "line 1: the map that began on line 1 has :a twice; remove one",
		"1 ]":                                "line 1: ] closes nothing; remove it, or add what it closes",
		"{:a [1)}":                           "line 1: ) closes nothing; remove it, or add what it closes",
		`"\q"`:                               `line 1: \q in a string means nothing; write \\ for a backslash`,
		`"\u12x4"`:                           `line 1: \u12x4 in a string is no character; write four hexadecimal digits`,
		`"\ud83d"`:                           "line 1: a string has half a letter; write the letter itself",
		`"\ud83d\u0041"`:                     "line 1: a string has half a letter; write the letter itself",
		"\"\xff\"":                           "line 1: the string that began on line 1 is not valid UTF-8; save the file as UTF-8",
		":\xff":                              "line 1: not valid UTF-8; save the file as UTF-8, or delete the line",
		"#":                                  "line 1: the file ends within a form that began on line 1; delete that: an operation without a completion counts as unknown",
		"1 #_":                               "line 1: the file ends within a form that began on line 1; delete that: an operation without a completion counts as unknown",
		"1 " + strings.Repeat("[", 70):       "line 1: nested more than 64 deep; flatten it",
		"1 " + strings.Repeat("#_ ", 70):     "line 1: nested more than 64 deep; flatten it",
		"1 \"" + strings.Repeat("a", 17<<20): "line 1: one form is longer than 16 MiB; shorten it",
	} {
		_, err := read(text)
		var wrong *history.LineError
		require.ErrorAs(t, err, &wrong, text)
		require.Equal(t, want, wrong.Error())
	}
}

func TestAnErrorOfTheStreamIsPassedOn(t *testing.T) {
	broken := errors.New("broken")
	r := form.NewReader(io.MultiReader(strings.NewReader("{:a "), iotest.ErrReader(broken)))
	_, err := r.Next()
	require.ErrorIs(t, err, broken)
}

func TestOnlyTagsOfJepsenAreTakenOff(t *testing.T) {
	r := form.NewReader(strings.NewReader("#jepsen.a #jepsen.b {:x 1} #inst {:x 1}"))
	f, err := r.Next()
	require.NoError(t, err)
	x, ok := f.Untagged().Get("x")
	require.True(t, ok)
	require.Equal(t, "1", x.Text)
	f, err = r.Next()
	require.NoError(t, err)
	require.Equal(t, form.Tagged, f.Untagged().Kind)
	_, ok = f.Get("x")
	require.False(t, ok)
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"{:process 0, :type :invoke, :f :write, :value [1 \"a\\n\" #{nil true}]}\n", "[{:a 1} #jepsen.history.Op{:b -1.5e3M}]",
		"#_ #_ 1 2 \\( ; x\n(##Inf)", "\"\\ud83d\\ude00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		forms, err := read(text)
		var wrong *history.LineError
		if err != nil {
			require.ErrorAs(t, err, &wrong)
		}
		require.LessOrEqual(t, len(forms), len(text))
	})
}

func FuzzQuickReadsWhatReaderReads(f *testing.F) {
	for _, seed := range []string{
		"{:process 0, :type :invoke, :f :write, :value [1 \"a\" (nil true)]}\n", "[:a -1 0 \"\"] ", "{:a 1 :a 2}", "{:a}", "-0 ", ": ", "::a ", "{:a 1,,}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var q form.Quick
		quick, end, ok := q.Form(text, 0, 1)
		if !ok {
			return
		}
		careful, err := form.NewReaderOf(text[:end]+" ", 1).Next()
		require.NoError(t, err)
		require.Equal(t, careful.String(), quick.String())
		require.Equal(t, careful.Line, quick.Line)
	})
}
