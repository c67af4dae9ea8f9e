package report

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"senkei/history"
)

// band is a fault, or a leader's time, that the violation view shows above its rows.
type band struct {
	name, text string
	tone       string
	from, to   int     // positions within the drawing
	events     []event // its bounds, where they lie inside
}

// viewBands returns what was in force between the positions lo and hi: leaders
// first, then the faults of the explanation.
func viewBands(h history.History, faults []history.Span, c clock, lo, hi int) []band {
	inside := func(b *band, position int, us int64) {
		if position > lo && position < hi {
			b.events = append(b.events, event{position, us})
		}
	}
	var bands []band

	for i, l := range h.Leaders {
		until := history.Never
		var end int64
		if i+1 < len(h.Leaders) {
			until = h.Leaders[i+1].Position
			end = c.at(until, h.Leaders[i+1].Time)
		}
		if l.Position >= hi || until <= lo {
			continue
		}
		b := band{
			name: "leader", tone: "leader", from: max(l.Position, lo), to: min(until, hi),
			text: fmt.Sprintf("%s · term %d", clip(string(l.Node), nameRunes), l.Term),
		}
		inside(&b, l.Position, c.at(l.Position, l.Time))
		inside(&b, until, end)
		bands = append(bands, b)
	}
	bands = bands[max(len(bands)-maxViewBands, 0):]
	colours := tonesOf(h.Faults)
	for _, f := range faults[:min(len(faults), maxViewBands)] {
		if f.From >= hi || f.To <= lo {
			continue
		}
		from, to := c.span(f)
		b := band{
			name: clip(f.Kind, 14), tone: colours.class(f.Kind), text: clip(f.Text, nameRunes),
			from: max(f.From, lo), to: min(f.To, hi),
		}
		inside(&b, f.From, from)
		inside(&b, f.To, to)
		bands = append(bands, b)
	}
	return bands
}

// drawBands draws the leaders in one line and each fault in a line of its own.
func (s *sketch) drawBands() {
	y := 4.0
	for i, b := range s.bands {
		if i > 0 && (b.tone != "leader" || s.bands[i-1].tone != "leader") {
			y += viewBandH
		}
		left, right := s.Left, s.Right
		if b.from > s.lo {
			left = s.axis.at(b.from)
		}
		if b.to < s.hi {
			right = s.axis.at(b.to)
		}
		d := viewBand{X: left, Y: y, W: max(right-left, 2), H: viewBandH - 4, Tone: b.tone, Text: b.text, TextX: left + 8, Shade: b.tone != "leader"}
		if i == 0 || b.tone != "leader" || s.bands[i-1].tone != "leader" {
			d.Name = b.name
		}
		d.TextX = math.Round(max(min(d.TextX, s.Right-textWidth(b.text)), s.Left+8))
		s.Bands = append(s.Bands, d)
	}
	s.Top = 4
	if len(s.bands) > 0 {
		s.Top = y + viewBandH + 6
	}
}

// tonesMax is how many colours there are for kinds of faults, fault-0 and so on in the style
// sheet.
const tonesMax = 10

// tones gives the kinds of one history's faults colours of their own, as long as these last.
type tones map[string]int

func tonesOf(faults []history.Span) tones {
	t := tones{}
	for _, f := range faults {
		t[f.Kind] = 0
	}
	for i, kind := range slices.Sorted(maps.Keys(t)) {
		t[kind] = i % tonesMax
	}
	return t
}

// class is the name of a kind's colour.
func (t tones) class(kind string) string { return fmt.Sprintf("fault-%d", t[kind]) }
