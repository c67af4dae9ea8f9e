package report

import (
	"cmp"
	"slices"
	"time"
)

// happening is a message or a moment of a trace, on a lane of the diagram.
type happening struct {
	at      int64 // microseconds
	lane    int
	to      int   // the receiver's lane; -1 for a moment
	arrived int64 // of a message that is not lost
	lost    string
	kind    string
	text    string
	family  family
	repeat  bool // says what the message of this kind before it on its link said
	part    part // in the violation
}

// A diagram is at most this high, and knows at most so many stretches of lanes.
const (
	maxTraceLanes = 40
	maxSpans      = 2000
)

// drawnLanes maps each lane of the trace to its place in the diagram, or to -1. Clients
// that say and hear nothing there are left out, and of too many those that have no part
// in the violation.
func drawnLanes(t *Trace, parts cast) (places []int, drawn int) {
	busy := make([]bool, len(t.Lanes))
	for _, m := range t.Messages {
		if m.within(t) {
			busy[m.From], busy[m.To] = true, true
		}
	}
	urgency := func(lane int) int {
		switch {
		case t.Lanes[lane].Node != "":
			return 0
		case len(parts[lane]) > 0:
			return 1
		default:
			return 2
		}
	}
	var chosen []int
	for lane := range t.Lanes {
		if busy[lane] || urgency(lane) == 0 {
			chosen = append(chosen, lane)
		}
	}
	slices.SortStableFunc(chosen, func(a, b int) int { return cmp.Compare(urgency(a), urgency(b)) })
	chosen = chosen[:min(len(chosen), maxTraceLanes)]
	places = make([]int, len(t.Lanes))
	for lane := range places {
		places[lane] = -1
		if slices.Contains(chosen, lane) {
			places[lane] = drawn
			drawn++
		}
	}
	return places, drawn
}

// within reports whether a message lies between lanes, and in the stretch to show.
func (m Message) within(t *Trace) bool {
	return m.From >= 0 && m.From < len(t.Lanes) && m.To >= 0 && m.To < len(t.Lanes) && t.shows(m.Sent)
}

// shows reports whether a time lies in the stretch to show.
func (t *Trace) shows(at time.Duration) bool {
	return t.From == 0 && t.To == 0 || at >= t.From && at <= t.To
}

// happeningsOf returns what the stretch shows in the order of time, a node's turn before
// the messages that it sends then.
func happeningsOf(t *Trace, places []int, parts cast) []happening {
	var all []happening
	for _, m := range t.Moments {
		if m.Lane >= 0 && m.Lane < len(places) && places[m.Lane] >= 0 && t.shows(m.At) {
			h := happening{at: micros(m.At), lane: places[m.Lane], to: -1, kind: m.Kind, text: m.Text}
			if m.Kind == "violation" {
				h.part = culpritPart
			}
			all = append(all, h)
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
		if !m.within(t) || places[m.From] < 0 || places[m.To] < 0 {
			continue
		}
		h := happening{at: micros(m.Sent), lane: places[m.From], to: places[m.To], lost: m.Lost, kind: m.Kind, text: m.Text, family: familyOf(m.Kind)}
		end := h.at
		if m.Lost == "" {
			h.arrived = max(micros(m.Arrived), h.at)
			end = h.arrived
		}
		h.part = parts.of(m.From, h.at, m.To, end)
		between := t.Lanes[m.From].Node != "" && t.Lanes[m.To].Node != ""
		h.repeat = between && spoke && last == s
		all = append(all, h)
	}
	slices.SortStableFunc(all, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	return all
}

func micros(d time.Duration) int64 { return max(d.Microseconds(), 0) }

// span is a stretch of a lane: a node leads, is down or is paused.
type span struct {
	lane     int
	kind     string // "leader", "down" or "paused"
	from, to int64
	text     string
}

// spansOf returns the stretches that reach into from…to, also those that began before.
func spansOf(t *Trace, places []int, from, to int64) []span {
	type key struct {
		lane int
		kind string
	}
	open := map[key]span{}
	var spans []span
	end := func(lane int, kind string, at int64) {
		if s, ok := open[key{lane, kind}]; ok {
			delete(open, key{lane, kind})
			s.to = at
			spans = append(spans, s)
		}
	}
	begin := func(lane int, kind string, m Moment) {
		end(lane, kind, micros(m.At))
		open[key{lane, kind}] = span{lane: lane, kind: kind, from: micros(m.At), text: m.Text}
	}
	for _, m := range slices.SortedStableFunc(slices.Values(t.Moments), func(a, b Moment) int { return cmp.Compare(a.At, b.At) }) {
		if m.Lane < 0 || m.Lane >= len(places) || places[m.Lane] < 0 {
			continue
		}
		lane, at := places[m.Lane], micros(m.At)
		switch m.Kind {
		case "leader":
			begin(lane, "leader", m)
		case "follower", "candidate", "pre-candidate":
			end(lane, "leader", at)
		case "crash", "power":
			end(lane, "leader", at)
			end(lane, "paused", at)
			begin(lane, "down", m)
		case "restart":
			end(lane, "down", at)
		case "pause":
			begin(lane, "paused", m)
		case "resume":
			end(lane, "paused", at)
		}
	}
	for lane := range t.Lanes {
		for _, kind := range []string{"leader", "down", "paused"} {
			end(lane, kind, to)
		}
	}
	spans = slices.DeleteFunc(spans, func(s span) bool { return s.to < from || s.from > to })
	for i := range spans {
		spans[i].from, spans[i].to = max(spans[i].from, from), min(spans[i].to, to)
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return spans[max(len(spans)-maxSpans, 0):]
}
