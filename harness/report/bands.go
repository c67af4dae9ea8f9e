package report

import (
	"fmt"
	"math"

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
func viewBands(leaders []history.LeaderChange, faults []history.Span, c clock, lo, hi int) []band {
	inside := func(b *band, position int, us int64) {
		if position > lo && position < hi {
			b.events = append(b.events, event{position, us})
		}
	}
	var bands []band
	for i, l := range leaders {
		until := history.Never
		var end int64
		if i+1 < len(leaders) {
			until = leaders[i+1].Position
			end = c.at(until, leaders[i+1].Time)
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
	for _, f := range faults[:min(len(faults), maxViewBands)] {
		if f.From >= hi || f.To <= lo {
			continue
		}
		from, to := c.span(f)
		b := band{
			name: clip(f.Kind, 14), tone: toneClass(f.Kind), text: clip(f.Text, nameRunes),
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

// toneClass is the colour of a kind of fault.
func toneClass(kind string) string {
	return fmt.Sprintf("fault-%d", tone(kind))
}

// toneOf gives each kind of fault that Senkei knows a colour of its own, fault-0 and so on in
// the style sheet.
var toneOf = map[string]int{
	"partition": 0, "kill": 1, "pause": 2, "member": 3, "transfer": 4,
	"power": 5, "replace": 6, "clock": 7, "disk": 8, "traffic": 9,
}

// tone is the number of a kind's colour. Kinds from elsewhere share the colours, always in
// the same way.
func tone(kind string) int {
	if n, ok := toneOf[kind]; ok {
		return n
	}
	sum := 0
	for _, c := range []byte(kind) {
		sum += int(c)
	}
	return sum % len(toneOf)
}
