package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"senkei/checker"
	"senkei/checker/consistency"
	"senkei/history"
)

// samples are the pages that the tests look at. With -artifacts they are kept, so
// that a person can look at them too.
var samples = map[string]func() Report{
	"stale read": staleRead, "valid": validRun, "unknown": undecidedRun, "by hand": byHand, "hostile": hostile,
	"empty":          func() Report { return Report{} },
	"leader cut off": leaderCutOff, "crowded": func() Report { return crowded(3000) },
}

// attack is text that would do harm if it became markup, script or style.
const attack = "</script></style></title><script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>\"'><svg onload=alert(1)>{{.}}`${1}\u2028\u202e\x00\xff"

// hostile is a run all of whose texts are attacks.
func hostile() Report {
	r := staleRead()
	r.Name, r.System, r.Runtime, r.Workload, r.Bug, r.Replay = attack, attack, attack, attack, attack, attack
	r.Nemesis, r.Nodes = []string{attack}, []history.NodeID{attack}
	r.Notes, r.Alongside = []string{attack}, []string{attack, "javascript:alert(1)"}
	r.Consistency = &consistency.Judgement{Verdicts: []consistency.Verdict{{Model: attack, Reason: strings.Repeat(attack, 100)}}}
	attacked := func(op *history.Op) {
		op.Node, op.Err = history.NodeID(attack), attack
		op.In = history.Input{F: op.In.F, Key: attack, Value: attack, Expect: attack}
		op.Out.Value = attack
	}
	for i := range r.History.Ops {
		attacked(&r.History.Ops[i])
	}
	r.History.Ops[0].In.F = attack
	for i := range r.History.Faults {
		r.History.Faults[i].Kind, r.History.Faults[i].Text = attack, attack
	}
	for i := range r.History.Leaders {
		r.History.Leaders[i].Node = attack
	}
	e := checker.CoreOf(r.Verdict.Evidence)
	e.Key, e.State, e.Sentences, e.Faults = attack, attack, []string{attack, attack}, r.History.Faults
	attacked(&e.Culprit)
	for i := range e.Ops {
		attacked(&e.Ops[i])
	}
	for i := range e.Refused {
		e.Refused[i].Reason = attack
		attacked(&e.Refused[i].Op)
	}
	r.Trace = leaderCutOff().Trace
	for i := range r.Trace.Rows {
		if r.Trace.Rows[i].Node != "" {
			r.Trace.Rows[i].Node = attack
		}
	}
	for i := range r.Trace.Messages {
		m := &r.Trace.Messages[i]
		m.Text = attack
		if m.Lost != "" {
			m.Lost = attack
		}
		if i%2 == 0 {
			m.Kind = attack
		}
	}
	for i := range r.Trace.Moments {
		r.Trace.Moments[i].Text = attack
	}
	r.Trace.Moments[3].Kind = attack
	r.Verdict = checker.Merge(attack, checker.Verdict{Property: attack, Status: checker.Invalid, Reason: attack, Evidence: e})
	return r
}

func written(t *testing.T, r Report) []byte {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, Write(&text, r))
	require.LessOrEqual(t, text.Len(), MaxBytes)
	return text.Bytes()
}

// elements parses a page and calls f for each of its elements.
func elements(t *testing.T, text []byte, f func(n *html.Node)) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(text))
	require.NoError(t, err)
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			f(n)
		}
	}
}

// content is the text inside an element.
func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestEverySampleIsAFileThatNeedsNothingElse(t *testing.T) {
	local := regexp.MustCompile(`^(\./|data:,$)`)
	for name, make := range samples {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.ArtifactDir(), "report.html")
			save(t, path, make())
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.LessOrEqual(t, len(text), MaxBytes)
			elements(t, text, func(n *html.Node) {
				require.NotContains(t, []string{"iframe", "object", "embed", "base", "img", "audio", "video"}, n.Data)
				for _, a := range n.Attr {
					require.False(t, strings.HasPrefix(a.Key, "on"), "%s has %s", n.Data, a.Key)
					if a.Key == "href" || a.Key == "src" || a.Key == "action" {
						require.Regexp(t, local, a.Val)
					}
				}
			})
		})
	}
	require.NotRegexp(t, `https?:|//cdn|@import|url\((?:[^#])`, style)
	require.NotRegexp(t, `https?:|\bfetch\(|XMLHttpRequest|WebSocket|\bimport\b|innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function`, script)
}

func TestHostileTextsStayTexts(t *testing.T) {
	var scripts, styles int
	elements(t, written(t, hostile()), func(n *html.Node) {
		switch n.Data {
		case "script":
			scripts++
			if len(n.Attr) == 0 {
				require.Equal(t, script, content(n))
				return
			}
			var data pageData
			require.NoError(t, json.Unmarshal([]byte(content(n)), &data))
		case "style":
			styles++
			require.Equal(t, style, content(n))
		case "title":
			require.NotContains(t, content(n), "\u202e")
			require.NotContains(t, content(n), "\x00")
		}
	})
	require.Equal(t, 2, scripts)
	require.Equal(t, 1, styles)
}

func TestTheSameReportGivesTheSameBytes(t *testing.T) {
	require.True(t, bytes.Equal(written(t, staleRead()), written(t, staleRead())))
}

func TestAMillionOperationsWithLongTextsFit(t *testing.T) {
	long := strings.Repeat("<&\"'\u2028日本語 long ", 2000)
	r := staleRead()
	explained := len(r.History.Ops)
	for i := explained; i < 1_000_000; i++ {
		at := time.Duration(i) * 50 * time.Microsecond
		r.History.Ops = append(r.History.Ops, history.Op{
			ID: i, Process: history.Process(i % 5000), Outcome: history.Outcome(i % 3), Err: long[i%1000*7:],
			In:     history.Input{F: history.Write, Key: fmt.Sprint("k", i%700), Value: history.Value(long[i%20000:])},
			Invoke: 2 * i, Complete: 2*i + 1, Start: at, End: at + time.Millisecond,
		})
	}
	for i := range 5000 {
		r.History.Faults = append(r.History.Faults, history.Span{Kind: long[i:], Text: long[i:], End: time.Duration(i)})
		r.History.Leaders = append(r.History.Leaders, history.LeaderChange{Node: history.NodeID(long[i:]), Time: time.Duration(i)})
		r.Notes = append(r.Notes, long)
		r.Verdict.Parts = append(r.Verdict.Parts, checker.Verdict{Property: long, Reason: long})
		checker.CoreOf(r.Verdict.Evidence).Sentences = append(checker.CoreOf(r.Verdict.Evidence).Sentences, long)
	}
	r.Replay, r.Name = long, long
	r.Trace = crowded(20_000).Trace
	for i := range r.Trace.Messages {
		r.Trace.Messages[i].Kind, r.Trace.Messages[i].Text = long[i:], long[i:]
	}
	text := string(written(t, r))
	require.Greater(t, len(text), MaxBytes/2, "the room is used")
	require.Contains(t, text, "of 1,000,000 operations: all 5 of the explanation")
	require.Contains(t, text, "1,000,000 on 700 keys")
}

func TestTheHeadlineIsThatOfTheProperty(t *testing.T) {
	merged := func(status checker.Status, summary string) checker.Verdict {
		return checker.Merge("run", checker.Verdict{Property: "any", Status: status, Summary: summary, Reason: "Because."})
	}
	for headline, verdict := range map[string]checker.Verdict{
		"Invalid: the history is not linearizable": merged(checker.Invalid, "the history is not linearizable"),
		"Invalid: an expectation was not met":      merged(checker.Invalid, "an expectation was not met"),
		"Valid: the history is linearizable":       merged(checker.Valid, "the history is linearizable"),
		"Unknown: " + checker.NothingProved:        merged(checker.Unknown, checker.NothingProved),
		"Unknown":                                  {},
	} {
		t.Run(headline, func(t *testing.T) {
			b := newBanner(verdict)
			require.Equal(t, headline, b.Headline)
			require.NotEmpty(t, b.Reason)
			require.Equal(t, verdict.Status == checker.Unknown, len(b.Advice) > 0)
		})
	}
}

func TestTheTableOfWhatWasCheckedNamesPropertiesAndTheirKeys(t *testing.T) {
	of := func(key string) checker.Verdict {
		return checker.Verdict{Property: "linearizable register", Key: key, Status: checker.Valid}
	}
	var names []string
	for _, row := range verdictRows(checker.Merge("run", checker.Merge("linearizable register", of("a"), of("b")), checker.Verdict{Property: "coverage", Status: checker.Valid}), 0, nil) {
		names = append(names, fmt.Sprint(row.Indent, " ", row.Property))
	}
	require.Equal(t, []string{"0 run", "1 linearizable register", "2 key a", "2 key b", "1 coverage"}, names)
}

func TestAnOrderNeedsNoSection(t *testing.T) {
	r := validRun()
	r.Verdict.Evidence = &checker.Order{IDs: []int{1, 0}}
	require.NotContains(t, string(written(t, r)), `id="story"`)
}

func TestAnInvalidVerdictNeedsNoExplanation(t *testing.T) {
	r := undecidedRun()
	r.Verdict = checker.Verdict{Property: "linearizable register", Status: checker.Invalid, Summary: "the history is not linearizable", Reason: "No order exists."}
	text := string(written(t, r))
	require.Contains(t, text, "Invalid: the history is not linearizable")
	require.NotContains(t, text, `id="jump"`)
	r.Verdict.Evidence = &checker.Core{Key: "k1", Sentences: []string{"Nothing more is known."}}
	text = string(written(t, r))
	require.Contains(t, text, "Nothing more is known.")
	require.NotContains(t, text, `id="jump"`)
}

func TestWhatStillHoldsIsATableWithASentenceForEachModel(t *testing.T) {
	r := staleRead()
	require.NotContains(t, string(written(t, r)), "What still holds")
	long := strings.Repeat("r", 2*sentenceRunes)
	r.Consistency = &consistency.Judgement{Verdicts: []consistency.Verdict{
		{Model: consistency.Causal, Status: checker.Invalid, Reason: long},
		{Model: consistency.Eventual, Status: checker.Valid},
	}}
	text := string(written(t, r))
	require.Contains(t, text, "What still holds")
	require.Contains(t, text, `<th scope="row">causal<small>`+consistency.Meaning(consistency.Causal)+`</small></th><td><span class="pill invalid">invalid</span></td><td>`+long[:sentenceRunes]+"…</td>")
	require.Contains(t, text, "<b>Strongest model known to hold: eventual.</b>")
	require.Contains(t, text, `<th scope="row">eventual<small>`+consistency.Meaning(consistency.Eventual)+`</small></th><td><span class="pill valid">valid</span></td><td></td>`)
}

func TestTheTablesCountEveryOperation(t *testing.T) {
	op := func(f history.Func, o history.Outcome, swapped bool, took time.Duration) history.Op {
		return history.Op{In: history.Input{F: f}, Outcome: o, Out: history.Output{Swapped: swapped}, Start: time.Second, End: time.Second + took}
	}
	rows := countRows([]history.Op{
		op(history.CAS, history.OK, true, 2*time.Millisecond), op(history.CAS, history.OK, false, 4*time.Millisecond),
		op(history.Read, history.Failed, false, 0), op(history.Read, history.Unknown, false, time.Second),
	})
	require.Equal(t, []countRow{
		{Func: "cas", OK: "2", Refused: "1 refused", Failed: "0", Unknown: "0", Total: "2", P50: "2 ms", P99: "4 ms", Max: "4 ms"},
		{Func: "read", OK: "0", Failed: "1", Unknown: "1", Total: "2", P50: "–", P99: "–", Max: "–"},
		{Func: "all", OK: "2", Refused: "1 refused", Failed: "1", Unknown: "1", Total: "4", P50: "2 ms", P99: "4 ms", Max: "4 ms", Sum: true},
	}, rows)
}

// save writes a page to a file.
func save(t *testing.T, path string, r Report) {
	var page bytes.Buffer
	require.NoError(t, Write(&page, r))
	require.NoError(t, os.WriteFile(path, page.Bytes(), 0o644))
}
