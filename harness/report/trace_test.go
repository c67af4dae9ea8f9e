package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"senkei/checker"
	"senkei/history"
)

// diagramOf makes the diagram of a report as its page does.
func diagramOf(r Report) *diagram {
	c := newClock(r.History, r.Duration)
	return newDiagram(r, c, newEvidenceView(r, c).marked)
}

// traceEvents returns what a trace shows with every row drawn.
func traceEvents(t *Trace) []traceEvent {
	rowOf := make([]int, len(t.Rows))
	for i := range rowOf {
		rowOf[i] = i
	}
	return traceEventsOf(t, rowOf, nil)
}

func TestThePageHasADiagramOnlyWhereSomethingWasTraced(t *testing.T) {
	r := leaderCutOff()
	require.Contains(t, string(written(t, r)), `id="lamport"`)
	r.Trace = nil
	require.NotContains(t, string(written(t, r)), `id="lamport"`)
}

func TestTheColumnsHoldWhatWasTraced(t *testing.T) {
	r := leaderCutOff()
	d := diagramOf(r)
	all := traceEvents(r.Trace)
	require.Len(t, all, len(r.Trace.Messages)+len(r.Trace.Moments))
	all = slices.DeleteFunc(all, func(h traceEvent) bool { return h.at < d.data.From })
	require.Equal(t, d.data.Count, len(all))

	var texts traceTables
	require.NoError(t, json.Unmarshal(unpack(t, d.data.Strings), &texts))
	columns := unpackColumns(t, d.data.Columns, 8, len(all))
	at := d.data.From
	for i, h := range all {
		at += int64(columns[0][i])
		require.Equal(t, h.at, at)
		require.EqualValues(t, h.row, columns[1][i])
		require.EqualValues(t, h.to+1, columns[2][i])
		if h.arrives() {
			require.EqualValues(t, h.arrived-h.at+1, columns[3][i])
		} else {
			require.Zero(t, columns[3][i])
		}
		require.Equal(t, h.lost, texts.Reasons[columns[4][i]])
		require.Equal(t, h.kind, texts.Kinds[columns[5][i]])
		require.Equal(t, h.text, texts.Texts[columns[6][i]])
		require.EqualValues(t, h.family, columns[7][i]&3)
		require.Equal(t, h.repeat, columns[7][i]&4 != 0)
	}
}

func TestTheMessagesOfTheViolationAreMarked(t *testing.T) {
	d := diagramOf(leaderCutOff())
	require.True(t, d.Located)
	var marked []string
	for _, row := range d.Log {
		for _, part := range []string{"core", "culprit"} {
			if slices.Contains(strings.Fields(row.Class), part) {
				marked = append(marked, fmt.Sprintf("%s %s: %s", part, row.Who, row.Text))
			}
		}
	}
	require.Equal(t, []string{
		"core client 0 → n1: write 7 to k1", "core n1 → client 0: write 7",
		"core client 1 → n2: write 9 to k1", "core n2 → client 1: write 9",
		"culprit client 2 → n1: read of k1", "culprit n1 → client 2: read → 7",
	}, marked)
}

func TestABrokenInvariantIsAViolationToo(t *testing.T) {
	r := leaderCutOff()
	r.Verdict = checker.Verdict{Property: "invariants", Status: checker.Invalid, Reason: "Two leaders of term 3."}
	require.False(t, diagramOf(r).Located)
	r.Trace.Moments = append(r.Trace.Moments, Moment{Row: 4, At: ms(4405), Kind: "violation", Text: "two leaders of term 3"})
	d := diagramOf(r)
	require.True(t, d.Located)
	require.True(t, slices.ContainsFunc(d.Log, func(row logLine) bool { return row.Class == "moment culprit" && row.Text == "two leaders of term 3" }))
}

func TestAMessageBelongsToTheOperationThatItBeginsOrEnds(t *testing.T) {
	c := participants{0: {{from: 10, to: 20, involved: inCore}, {from: 20, to: 30, involved: isCulprit}, {from: 40, to: 40, involved: inCore}}}
	const client, node = 0, 1
	for _, m := range []struct {
		name string
		sent bool
		at   int64
		want involvement
	}{
		{"a request before all", true, 9, notInvolved}, {"the first request", true, 10, inCore}, {"asked again", true, 15, inCore},
		{"the second request", true, 20, isCulprit}, {"the first reply", false, 20, inCore},
		{"the second reply", false, 30, isCulprit}, {"a reply to what came before", false, 10, notInvolved}, {"a reply too late", false, 31, notInvolved},
		{"the request of what took no time", true, 40, inCore}, {"the reply of what took no time", false, 40, inCore},
	} {
		t.Run(m.name, func(t *testing.T) {
			if m.sent {
				require.Equal(t, m.want, c.of(client, m.at, node, m.at+1))
			} else {
				require.Equal(t, m.want, c.of(node, m.at-1, client, m.at))
			}
		})
	}
}

func TestAClientKeepsItsRowUnderALaterProcess(t *testing.T) {
	r := leaderCutOff()
	checker.CoreOf(r.Verdict.Evidence).Culprit.Process += history.Process(r.Clients)
	require.True(t, diagramOf(r).Located)
}

func TestAClientWithoutASlotHasTheProcessesThatAreNamed(t *testing.T) {
	r := leaderCutOff()
	const reader = 1 << 30
	stale := &r.History.Ops[2]
	stale.Process = reader + 7 // slot 2 of 3 by its number
	checker.CoreOf(r.Verdict.Evidence).Culprit.Process = stale.Process
	checker.CoreOf(r.Verdict.Evidence).Ops[2].Process = stale.Process
	require.True(t, diagramOf(r).Located, "and nobody says otherwise")

	r.Trace.Rows[0] = Row{Client: 3, Processes: []history.Process{reader + 4, stale.Process}}
	d := diagramOf(r)
	require.False(t, d.Located, "client 3 sent nothing at the time of the read")
	require.Equal(t, rowData{Name: "client 3", Client: true, Processes: []int{int(stale.Process)}}, d.data.Rows[0])
	require.Equal(t, rowData{Name: "client 1", Client: true, Processes: []int{1}}, d.data.Rows[1])
	require.Equal(t, rowData{Name: "client 2", Client: true}, d.data.Rows[2], "its read is another's now")
}

func TestAMessageThatSaysNothingNewIsARepeat(t *testing.T) {
	s := newTracer(1, 2)
	a, b := s.node(1), s.node(2)
	s.send(1, a, b, "Append", "heartbeat, commit 4")
	s.send(2, b, a, "AppendReply", "holds up to 4")
	s.send(3, a, b, "Append", "heartbeat, commit 4")
	s.send(4, a, b, "Append", "heartbeat, commit 5")
	s.send(5, 0, a, "request", "read of k1")
	s.send(6, 0, a, "request", "read of k1")
	s.cut[[2]int{a, b}] = "cut"
	s.send(7, a, b, "Append", "heartbeat, commit 5")
	s.send(8, a, b, "Append", "heartbeat, commit 5")
	var repeats []int64
	for _, h := range traceEvents(&s.trace) {
		if h.repeat {
			repeats = append(repeats, h.at/1000)
		}
	}
	require.Equal(t, []int64{3, 8}, repeats, "the first loss is news, and a client may well ask twice")
}

func TestSpansOfARowFollowFromItsMoments(t *testing.T) {
	s := newTracer(0, 2)
	moment := func(at float64, n int, kind string) { s.moment(at, s.node(n), kind, kind+" of the test") }
	moment(1, 1, "leader")
	moment(2, 1, "commit")
	moment(5, 1, "pause")
	moment(7, 1, "resume")
	moment(8, 1, "power")
	moment(9, 1, "restart")
	moment(10, 2, "candidate")
	moment(11, 2, "leader")
	moment(12, 2, "pause")
	moment(13, 2, "crash")
	got := spansOf(&s.trace, []int{0, 1}, 6_000, 20_000)
	for i := range got {
		got[i].Text = ""
	}
	require.ElementsMatch(t, []span{
		{Row: 0, Kind: "leader", From: 6_000, To: 8_000},
		{Row: 0, Kind: "paused", From: 6_000, To: 7_000},
		{Row: 0, Kind: "down", From: 8_000, To: 9_000},
		{Row: 1, Kind: "leader", From: 11_000, To: 13_000},
		{Row: 1, Kind: "paused", From: 12_000, To: 13_000},
		{Row: 1, Kind: "down", From: 13_000, To: 20_000},
	}, got)
}

func TestAnIntervalOfTheTraceCanBeAskedFor(t *testing.T) {
	r := leaderCutOff()
	r.Trace.From, r.Trace.To = ms(4230), ms(4300)
	d := diagramOf(r)
	require.Contains(t, d.Note, fmt.Sprintf("of %d messages are shown", len(r.Trace.Messages)))
	require.Equal(t, int64(4_300_000), d.data.To)
	for _, row := range d.Log {
		require.GreaterOrEqual(t, row.At, "4.230000")
		require.LessOrEqual(t, row.At, "4.300000")
	}
	var texts traceTables
	require.NoError(t, json.Unmarshal(unpack(t, d.data.Strings), &texts))
	require.Contains(t, texts.Spans, span{Row: 0, Kind: "leader", From: d.data.From, To: d.data.To, Text: "leader, term 2"}, "what began before is known")
	require.Equal(t, []rowData{{Name: "n1"}, {Name: "n2"}, {Name: "n3"}}, d.data.Rows, "the clients do nothing in this time")
}

func TestWhatHappensOnNoRowIsLeftOut(t *testing.T) {
	s := newTracer(1, 1)
	s.send(1, 0, 1, "request", "read of k1")
	s.send(2, 0, 2, "request", "to nobody")
	s.send(3, -1, 0, "reply", "from nobody")
	s.moment(4, 7, "crash", "of nobody")
	require.Len(t, traceEvents(&s.trace), 1)
	require.NotPanics(t, func() { diagramOf(Report{Trace: &s.trace}) })
}

func TestOfTooManyRowsNodesAndTheClientsOfTheViolationStay(t *testing.T) {
	r := leaderCutOff()
	r.Clients = 500
	s := newTracer(500, 3)
	for c := range 500 {
		s.send(4000+float64(c)/10, c, s.node(1), "request", "read of k1")
	}
	r.Trace = &s.trace
	op := &checker.CoreOf(r.Verdict.Evidence).Culprit
	op.Process = 499
	d := diagramOf(r)
	require.Len(t, d.data.Rows, maxTraceRows)
	var names []string
	for _, row := range d.data.Rows {
		names = append(names, row.Name)
	}
	for _, name := range []string{"n1", "n2", "n3", "client 499", "client 0"} {
		require.Contains(t, names, name)
	}
	require.Less(t, slices.Index(names, "client 499"), slices.Index(names, "n1"), "the order is that of the trace")
}

func TestATraceOfManyMessagesFits(t *testing.T) {
	r := leaderCutOff()
	long := strings.Repeat("<&\"'\u2028日本語 long ", 400)
	for i := range 50_000 {
		r.Trace.Messages = append(r.Trace.Messages, Message{
			From: i % 3, To: 3 + i%3, Sent: ms(4400) + time.Duration(i)*time.Microsecond, Arrived: ms(4401) + time.Duration(i)*time.Microsecond,
			Kind: long[i%50:], Text: fmt.Sprint(i*i, long[i%5000:][:300]),
		})
	}
	r.Trace.Dropped = 17
	d := diagramOf(r)
	require.LessOrEqual(t, len(d.data.Columns)+len(d.data.Strings), traceBytes)
	require.Greater(t, d.data.Count, 10_000, "the room is used")
	require.NotEmpty(t, d.LogNote)
	text := string(written(t, r))
	require.Contains(t, text, fmt.Sprintf("of %s messages are shown", count(len(r.Trace.Messages)+17)))
}

func TestTheLogIsThePageOfWhoeverHasNoScripts(t *testing.T) {
	var rows []string
	elements(t, written(t, leaderCutOff()), func(n *html.Node) {
		if n.Data == "tr" && n.Parent.Parent.Parent.Parent.Data == "details" && n.Parent.Data == "tbody" {
			rows = append(rows, content(n))
		}
	})
	all := strings.Join(rows, "\n")
	for _, line := range []string{
		"4.068000n1faultn1 cut off from n2, n3",
		"n1 → n2Appendheartbeat after 5/2, commit 5 (term 2)never: cut",
		"n2leaderleader, term 3",
		"client 2 → n1requestread of k1",
	} {
		require.Contains(t, all, line)
	}
}

func TestTracesOfAnySizeAreKeptFromTheirEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newTracer(1, 3)
		n := rapid.IntRange(0, 60).Draw(t, "messages")
		for range n {
			from, to := rapid.IntRange(0, 3).Draw(t, "from"), rapid.IntRange(0, 3).Draw(t, "to")
			s.cut[[2]int{from, to}] = rapid.SampledFrom([]string{"", "lost"}).Draw(t, "lost")
			s.send(rapid.Float64Range(0, 50).Draw(t, "at"), from, to, rapid.SampledFrom([]string{"Append", "Vote", "other"}).Draw(t, "kind"), "text")
		}
		r := Report{Trace: &s.trace}
		d := diagramOf(r)
		require.Equal(t, n, d.data.Count)
		require.Len(t, d.Log, n)
		require.Less(t, d.data.From, d.data.To)
		require.True(t, slices.IsSortedFunc(d.Log, func(a, b logLine) int { return strings.Compare(pad(a.At), pad(b.At)) }))
	})
}

// pad makes times comparable as texts.
func pad(at string) string { return strings.Repeat("0", 20-len(at)) + at }

func TestATraceWithoutOperationsIsShown(t *testing.T) {
	r := Report{Trace: leaderCutOff().Trace, Verdict: checker.Verdict{Property: "invariants", Status: checker.Invalid, Reason: "Two leaders of term 3."}}
	text := string(written(t, r))
	require.Contains(t, text, `id="lamport"`)
	require.Contains(t, text, `<script>`)
}
