package report

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"senkei/history"
)

//go:embed assets
var assets embed.FS

var pageTemplate = template.Must(template.ParseFS(assets, "assets/*.html"))

// style and script are inlined into the page.
var (
	style  = asset("report.css")
	script = "(() => {\n\"use strict\";\n" + asset(
		"data.js", "view.js", "paint.js", "timeline.js", "charts.js", "details.js", "motion.js", "input.js",
		"trace.js", "scale.js", "lamport.js", "arrows.js", "walk.js", "main.js",
	) + "})();\n"
)

// asset reads and joins embedded files.
func asset(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		text, err := assets.ReadFile("assets/" + name)
		if err != nil {
			panic("report: " + err.Error())
		}
		b.Write(text)
	}
	return b.String()
}

// page is what the template shows.
type page struct {
	Title       string
	Subject     []fact // the run in one line
	Banner      banner
	Explanation *explanation
	Weaker      *stillHolds
	Trace       *diagram
	Empty       bool   // there is nothing to draw
	Located     bool   // the violation is in the drawing
	Drawn       string // says what is not drawn
	Tones       []kindLegend
	HasTimes    bool
	Notes       []string
	Facts       []fact
	Counts      []countRow
	Faults      []faultRow
	FaultNote   string
	Leaders     []leaderRow
	LeadNote    string
	Expected    []verdictRow
	Verdicts    []verdictRow
	Replay      string
	Alongside   []string

	data   pageData
	clock  clock
	marked *marked
}

type fact struct{ Name, Text string }

type kindLegend struct{ Kind, Tone string }

// pageData is what the scripts draw.
type pageData struct {
	End        int64          `json:"end"`   // of the axis, microseconds
	Timed      bool           `json:"timed"` // else a microsecond is a millionth of a position
	Rows       []string       `json:"rows"`
	Kinds      []string       `json:"kinds"` // one row each
	Faults     []faultData    `json:"faults"`
	Leaders    []leaderData   `json:"leaders"`
	Measures   *measures      `json:"measures"`
	Violation  *violationData `json:"violation"`
	Operations operations     `json:"operations"`
	Trace      *diagramData   `json:"trace,omitempty"`
}

type faultData struct {
	Kind string `json:"kind"`
	Tone int    `json:"tone"`
	Text string `json:"text"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
}

type leaderData struct {
	Node string `json:"node"`
	Term uint64 `json:"term"`
	At   int64  `json:"at"`
}

// violationData points into the drawn operations.
type violationData struct {
	Key     string `json:"key"`
	From    int64  `json:"from"` // what "jump to the violation" shows
	To      int64  `json:"to"`
	At      int64  `json:"at"` // the culprit's completion
	Culprit int    `json:"culprit"`
	Core    []int  `json:"core"`
}

// newPage fills everything but the operations.
func newPage(r Report) *page {
	c := newClock(r.History, r.Duration)
	e := newEvidenceView(r, c)
	p := &page{
		Title: clip(r.Name, nameRunes), Banner: newBanner(r.Verdict), Explanation: e.explanation, Weaker: newStillHolds(r.Consistency), Trace: newDiagram(r, c, e.marked), clock: c, marked: e.marked,
		Empty: len(r.History.Ops) == 0, HasTimes: c.timed,
		Notes:  clipAll(r.Notes, sentenceRunes, maxNotes),
		Counts: countRows(r.History.Ops), Verdicts: verdictRows(r.Verdict, 0, nil), Expected: expectedRows(r.Expectations),
		Replay: clip(r.Replay, commandRunes), Alongside: clipAll(r.Alongside, nameRunes, maxNotes),
	}
	if p.Title == "" {
		p.Title = "Run"
	}
	p.describeRun(r)
	p.data = pageData{End: c.end, Timed: c.timed, Measures: measure(r.History.Ops, c)}
	p.addFaults(r.History.Faults)
	p.addLeaders(r.History.Leaders)
	if p.Trace != nil {
		p.data.Trace = &p.Trace.data
	}
	return p
}

// draw adds as many operations as fit in the bytes.
func (p *page) draw(r Report, bytes int) {
	if !p.Scripted() {
		return
	}
	l := newRows(r.History.Ops, r.Clients, p.clock)
	p.data.Rows = l.labels
	for _, label := range l.labels {
		bytes -= 6*len(label) + 3
	}
	picker := newPicker(r.History, p.marked, p.clock)
	var kept []int
	p.data.Operations, kept, p.Drawn = picker.fit(bytes, func(kept []int) operations {
		return encode(r.History.Ops, kept, p.clock, l)
	})
	p.locateViolation(kept)
}

const (
	// jumpMicros is the longest time that "jump to the violation" shows.
	jumpMicros = 3_000_000
	// maxMarked is the most operations of the explanation that the drawing marks.
	maxMarked = 300
)

// locateViolation finds the marked operations among the drawn ones.
func (p *page) locateViolation(kept []int) {
	m := p.marked
	if m == nil {
		return
	}
	from, end := p.clock.op(m.culprit)
	v := &violationData{Key: clip(m.key, nameRunes), At: end, Culprit: -1}
	for _, op := range m.ops {
		begin, _ := p.clock.op(op)
		from = min(from, begin)
	}
	if p.clock.timed {
		from = max(from, end-jumpMicros)
	}
	margin := max((end-from)/6, 1000)
	v.From, v.To = max(from-margin, 0), min(end+margin, p.clock.end)
	involved := m.involved()
	for at, i := range kept {
		if involved[i] != notInvolved {
			v.Core = append(v.Core, at)
		}
		if involved[i] == isCulprit {
			v.Culprit = at
		}
	}
	v.Core = v.Core[max(len(v.Core)-maxMarked, 0):]
	p.data.Violation = v
	p.Located = true
}

// Scripted reports whether there is something for the scripts to draw.
func (p *page) Scripted() bool { return !p.Empty || p.Trace != nil }

// Data is the JSON that the scripts read. The encoder escapes <, > and &, so that no
// text of the run can end the element that holds it.
func (p *page) Data() template.JS {
	text, err := json.Marshal(p.data)
	if err != nil {
		panic("report: page data: " + err.Error())
	}
	return template.JS(text)
}

// Policy is the page's content security policy.
func (p *page) Policy() string { return policy(digest(style), digest(script)) }

// Style is the page's style sheet.
func (p *page) Style() template.CSS { return template.CSS(style) }

// Script is all the page's script.
func (p *page) Script() template.JS { return template.JS(script) }

// addFaults adds the faults to the drawing and to the table.
func (p *page) addFaults(spans []history.Span) {
	p.FaultNote = omitted(len(spans), maxFaults, "fault")
	colours := tonesOf(spans)
	for _, s := range spans[:min(len(spans), maxFaults)] {
		from, to := p.clock.span(s)
		kind := clip(s.Kind, 24)
		p.data.Faults = append(p.data.Faults, faultData{Kind: kind, Tone: colours[s.Kind], Text: clip(s.Text, nameRunes), From: from, To: to})
		row := faultRow{
			Kind: kind, Tone: colours.class(s.Kind), What: clip(s.Text, nameRunes),
			From: p.clock.stamp(from, 3), To: p.clock.stamp(to, 3), Lasted: latency(to - from),
		}
		if s.To == history.Never {
			row.To = "not healed"
		}
		if !p.clock.timed {
			row.Lasted = ""
		}
		p.Faults = append(p.Faults, row)
		p.addKind(kind, colours.class(s.Kind))
	}
}

// addKind gives a kind of fault its row.
func (p *page) addKind(shown, class string) {
	if !slices.Contains(p.data.Kinds, shown) && len(p.data.Kinds) < maxKinds {
		p.data.Kinds = append(p.data.Kinds, shown)
		p.Tones = append(p.Tones, kindLegend{shown, class})
	}
}

// addLeaders adds the leader changes to the drawing and to the table.
func (p *page) addLeaders(leaders []history.LeaderChange) {
	p.LeadNote = omitted(len(leaders), maxLeaders, "leader change")
	for _, l := range leaders[:min(len(leaders), maxLeaders)] {
		at := p.clock.at(l.Position, l.Time)
		node := clip(string(l.Node), nameRunes)
		p.data.Leaders = append(p.data.Leaders, leaderData{Node: node, Term: l.Term, At: at})
		p.Leaders = append(p.Leaders, leaderRow{At: p.clock.stamp(at, 3), Node: node, Term: l.Term})
	}
}

// omitted says that a list shows only its first entries.
func omitted(n, most int, noun string) string {
	if n <= most {
		return ""
	}
	return fmt.Sprintf("The first %s of %s.", count(most), counted(n, noun))
}
