package report

import (
	"cmp"
	"slices"
	"time"
)

// traceEvent is a message or a moment of a trace, on a row of the diagram.
type traceEvent struct {
	at       int64 // microseconds
	row      int
	to       int   // the receiver's row; -1 for a moment
	arrived  int64 // of a message that is not lost
	lost     string
	kind     string
	text     string
	family   family
	repeat   bool        // says what the message of this kind before it on its link said
	involved involvement // in the violation
}

// A diagram is at most this high, and knows at most so many spans of rows.
const (
	maxTraceRows = 40
	maxSpans     = 2000
)

// drawnRows maps each row of the trace to its place in the diagram, or to -1. Clients
// that say and hear nothing there are left out, and of too many those that have no part
// in the violation.
func drawnRows(t *Trace, involved participants) (rowOf []int, drawn int) {
	busy := make([]bool, len(t.Rows))
	for _, m := range t.Messages {
		if m.within(t) {
			busy[m.From], busy[m.To] = true, true
		}
	}
	urgency := func(row int) int {
		switch {
		case t.Rows[row].Node != "":
			return 0
		case len(involved[row]) > 0:
			return 1
		default:
			return 2
		}
	}
	var chosen []int
	for row := range t.Rows {
		if busy[row] || urgency(row) == 0 {
			chosen = append(chosen, row)
		}
	}
	slices.SortStableFunc(chosen, func(a, b int) int { return cmp.Compare(urgency(a), urgency(b)) })
	chosen = chosen[:min(len(chosen), maxTraceRows)]
	rowOf = make([]int, len(t.Rows))
	for row := range rowOf {
		rowOf[row] = -1
		if slices.Contains(chosen, row) {
			rowOf[row] = drawn
			drawn++
		}
	}
	return rowOf, drawn
}

// within reports whether a message lies between rows, and in the time to show.
func (m Message) within(t *Trace) bool {
	return m.From >= 0 && m.From < len(t.Rows) && m.To >= 0 && m.To < len(t.Rows) && t.shows(m.Sent)
}

// shows reports whether a time lies in the time to show.
func (t *Trace) shows(at time.Duration) bool {
	return t.From == 0 && t.To == 0 || at >= t.From && at <= t.To
}

// traceEventsOf returns the trace events to show in the order of time, a node's turn before
// the messages that it sends then.
func traceEventsOf(t *Trace, rowOf []int, involved participants) []traceEvent {
	var all []traceEvent
	for _, m := range t.Moments {
		if m.Row >= 0 && m.Row < len(rowOf) && rowOf[m.Row] >= 0 && t.shows(m.At) {
			e := traceEvent{at: micros(m.At), row: rowOf[m.Row], to: -1, kind: m.Kind, text: m.Text}
			if m.Kind == "violation" {
				e.involved = isCulprit
			}
			all = append(all, e)
		}
	}
	type link struct {
		from, to int
		kind     string
	}
	type said struct{ text, lost string }
	before := map[link]said{}
	for _, m := range slices.SortedStableFunc(slices.Values(t.Messages), func(a, b Message) int { return cmp.Compare(a.Sent, b.Sent) }) {
		l, s := link{m.From, m.To, m.Kind}, said{m.Text, m.Lost}
		last, spoke := before[l]
		before[l] = s
		if !m.within(t) || rowOf[m.From] < 0 || rowOf[m.To] < 0 {
			continue
		}
		e := traceEvent{at: micros(m.Sent), row: rowOf[m.From], to: rowOf[m.To], lost: m.Lost, kind: m.Kind, text: m.Text, family: familyOf(m.Kind)}
		end := e.at
		if m.Lost == "" {
			e.arrived = max(micros(m.Arrived), e.at)
			end = e.arrived
		}
		e.involved = involved.of(m.From, e.at, m.To, end)
		between := t.Rows[m.From].Node != "" && t.Rows[m.To].Node != ""
		e.repeat = between && spoke && last == s
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b traceEvent) int { return cmp.Compare(a.at, b.at) })
	return all
}

func micros(d time.Duration) int64 { return max(d.Microseconds(), 0) }

// span is a time in which a row has one state: a node leads, is down or is paused.
type span struct {
	Row  int    `json:"row"`
	Kind string `json:"kind"` // "leader", "down" or "paused"
	From int64  `json:"from"`
	To   int64  `json:"to"`
	Text string `json:"text"`
}

// spansOf returns the spans that reach into from…to, also those that began before.
func spansOf(t *Trace, rowOf []int, from, to int64) []span {
	type key struct {
		row  int
		kind string
	}
	open := map[key]span{}
	var spans []span
	end := func(row int, kind string, at int64) {
		if s, ok := open[key{row, kind}]; ok {
			delete(open, key{row, kind})
			s.To = at
			spans = append(spans, s)
		}
	}
	begin := func(row int, kind string, m Moment) {
		end(row, kind, micros(m.At))
		open[key{row, kind}] = span{Row: row, Kind: kind, From: micros(m.At), Text: clip(m.Text, nameRunes)}
	}
	for _, m := range slices.SortedStableFunc(slices.Values(t.Moments), func(a, b Moment) int { return cmp.Compare(a.At, b.At) }) {
		if m.Row < 0 || m.Row >= len(rowOf) || rowOf[m.Row] < 0 {
			continue
		}
		row, at := rowOf[m.Row], micros(m.At)
		switch m.Kind {
		case "leader":
			begin(row, "leader", m)
		case "follower", "candidate", "pre-candidate":
			end(row, "leader", at)
		case "crash", "power":
			end(row, "leader", at)
			end(row, "paused", at)
			begin(row, "down", m)
		case "restart":
			end(row, "down", at)
		case "pause":
			begin(row, "paused", m)
		case "resume":
			end(row, "paused", at)
		}
	}
	for row := range t.Rows {
		for _, kind := range []string{"leader", "down", "paused"} {
			end(row, kind, to)
		}
	}
	spans = slices.DeleteFunc(spans, func(s span) bool { return s.To < from || s.From > to })
	for i := range spans {
		spans[i].From, spans[i].To = max(spans[i].From, from), min(spans[i].To, to)
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.From, b.From) })
	return spans[max(len(spans)-maxSpans, 0):]
}
