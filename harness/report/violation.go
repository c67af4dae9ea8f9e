package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"senkei/checker"
	"senkei/history"
)

// violationView is the drawing of the few operations that show the violation, in pixels. It
// is drawn here and not in the browser, so that it is there without scripts and in print.
type violationView struct {
	Width, Height         float64
	Left, Right, Top, End float64 // of the plot; End is the axis
	Rows                  []viewRow
	Bars                  []viewBar
	Bands                 []viewBand // faults and leaders, above the rows
	Ticks                 []viewTick
	Table                 []coreRow
	Omitted               string // says how many operations are not drawn
	Timed                 bool
}

type viewRow struct {
	Y         float64 // of its middle
	Name, Sub string
}

type viewBar struct {
	X, Y, W, H float64
	Class      string // "read", "write", …; and "culprit", "open", "failed"
	Open       bool   // drawn without an end
	Badge      string // place in the longest legal order, or "✕" if refused
	Label      string
	LabelX     float64
}

type viewBand struct {
	X, Y, W, H float64
	Tone       string // "fault-0" … or "leader"
	Name, Text string
	TextX      float64
	Shade      bool // shades the rows below
}

type viewTick struct {
	X      float64
	Text   string // empty where there is no room
	Strong bool
}

// coreRow is an operation of the drawing as a row of a table.
type coreRow struct {
	Op, Who, From, To, Outcome string
	Culprit                    bool
}

const (
	viewWidth    = 1208.0
	viewGutter   = 128.0
	viewBarH     = 28.0
	viewRowH     = 46.0
	viewBandH    = 24.0
	maxViewOps   = 30
	maxViewBands = 8
	charWidth    = 7.4 // of the monospaced 12 px text
)

// shownCore returns the operations to draw by invocation: the whole core, or the
// culprit, the refused and the latest ones if it is large.
func shownCore(e *checker.Core) []history.Op {
	ops := map[int]history.Op{}
	for _, op := range e.Ops {
		ops[op.ID] = op
	}
	ops[e.Culprit.ID] = e.Culprit
	must := map[int]bool{e.Culprit.ID: true}
	for _, r := range e.Refused {
		must[r.Op.ID] = true
	}
	byInvoke := func(a, b history.Op) int { return cmp.Compare(a.Invoke, b.Invoke) }
	shown := slices.SortedStableFunc(maps.Values(ops), func(a, b history.Op) int {
		return cmp.Or(trueFirst(must[a.ID], must[b.ID]), byInvoke(b, a))
	})
	shown = shown[:min(len(shown), maxViewOps)]
	slices.SortStableFunc(shown, byInvoke)
	return shown
}

// trueFirst orders true before false.
func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// sketch is what the parts of a violation view have in common while it is drawn.
type sketch struct {
	*violationView
	ops    []history.Op
	bands  []band
	badges map[int]string
	e      *checker.Core
	r      Report
	clock  clock
	axis   eventAxis
	lo, hi int // the positions of the first and the last event
}

// newViolationView draws a core; without operations there is nothing to draw.
func newViolationView(e *checker.Core, r Report, c clock) *violationView {
	if len(e.Ops) == 0 {
		return nil
	}
	s := sketch{violationView: &violationView{Timed: c.timed}, ops: shownCore(e), e: e, r: r, clock: c}
	if drawn := len(s.ops); drawn < len(e.Ops) {
		s.Omitted = fmt.Sprintf("%s of %s operations of the core are drawn.", count(drawn), count(len(e.Ops)))
	}
	s.number()
	s.span()
	s.bands = viewBands(r.History, e.Faults, c, s.lo, s.hi)
	s.layout()
	s.drawBands()
	s.drawRows()
	s.drawTicks()
	return s.violationView
}

// number gives each operation its place in the longest legal order.
func (s *sketch) number() {
	s.badges = map[int]string{}
	for _, r := range s.e.Refused {
		s.badges[r.Op.ID] = "✕"
	}
	for i, id := range s.e.Order {
		s.badges[id] = fmt.Sprint(i + 1)
	}
}

// span finds the first and the last event of the drawing.
func (s *sketch) span() {
	s.lo, s.hi = s.ops[0].Invoke, s.ops[0].Invoke
	for _, op := range s.ops {
		s.hi = max(s.hi, op.Invoke)
		if op.Complete != history.Never {
			s.hi = max(s.hi, op.Complete)
		}
	}
}

// layout makes the axis and sets the size of the drawing.
func (s *sketch) layout() {
	var events []event
	var needs []need
	for _, op := range s.ops {
		from, to := s.clock.op(op)
		events = append(events, event{op.Invoke, from})
		end := s.hi
		if op.Complete != history.Never {
			events = append(events, event{op.Complete, to})
			end = op.Complete
		}
		if end > op.Invoke {
			needs = append(needs, need{op.Invoke, end, s.barWidth(op)})
		}
	}
	for _, b := range s.bands {
		events = append(events, b.events...)
		if b.tone == "leader" && b.from < b.to {
			needs = append(needs, need{b.from, b.to, textWidth(b.text) + 18})
		}
	}
	s.Left = viewGutter
	s.axis = newEventAxis(events, needs, s.Left+22, viewWidth-s.Left-70)
	s.Right = s.axis.last() + 30
	for _, op := range s.ops {
		if op.Complete == history.Never {
			s.Right = max(s.Right, s.axis.at(op.Invoke)+s.barWidth(op)+16)
		}
	}
	s.Right = math.Round(s.Right)
	s.Width = s.Right + 18
}

// barWidth is the room that a bar needs for its badge and its label.
func (s *sketch) barWidth(op history.Op) float64 {
	w := textWidth(s.label(op)) + 22
	if s.badges[op.ID] != "" {
		w += 22
	}
	return w
}

// label adds to the operation's label what is known of an open operation.
func (s *sketch) label(op history.Op) string {
	switch {
	case op.Outcome == history.Failed:
		return label(op) + " failed"
	case op.Outcome == history.Unknown && s.answered(op):
		return label(op) + " open"
	case op.Outcome == history.Unknown:
		return label(op) + " ?"
	default:
		return label(op)
	}
}

// answered reports whether an operation that is open in the core, because the core
// ends with the violation, was answered later on.
func (s *sketch) answered(op history.Op) bool {
	ops := s.r.History.Ops
	return op.ID >= 0 && op.ID < len(ops) && ops[op.ID].Process == op.Process && ops[op.ID].Outcome == history.OK
}

// textWidth estimates the width of monospaced text; what is not ASCII may be wide.
func textWidth(s string) float64 {
	wide := len(s) - utf8.RuneCountInString(s)
	return charWidth * float64(min(utf8.RuneCountInString(s)+wide/2, 2*utf8.RuneCountInString(s)))
}

// drawRows draws one row per process, in the order of their first operations.
func (s *sketch) drawRows() {
	rows := map[history.Process]float64{}
	y := s.Top
	for _, op := range s.ops {
		if _, ok := rows[op.Process]; !ok {
			y += viewRowH
			rows[op.Process] = y - viewRowH/2
			s.Rows = append(s.Rows, s.row(op, y-viewRowH/2))
		}
		s.drawBar(op, rows[op.Process])
	}
	s.End = y + 8
	s.Height = s.End + 34
}

// row labels the row of a process.
func (s *sketch) row(op history.Op, y float64) viewRow {
	row := viewRow{Y: y, Name: fmt.Sprintf("process %d", op.Process), Sub: clip(string(op.Node), 14)}
	if s.r.Clients > 0 {
		row.Name = fmt.Sprintf("client %d", slotOf(op.Process, s.r.Clients))
		if int(op.Process) >= s.r.Clients {
			row.Sub = fmt.Sprintf("process %d · %s", op.Process, row.Sub)
		}
	}
	return row
}

// drawBar draws one operation and notes it in the table.
func (s *sketch) drawBar(op history.Op, y float64) {
	b := viewBar{
		X: s.axis.at(op.Invoke), Y: y - viewBarH/2, H: viewBarH,
		Class: funcClass(op.In.F), Badge: s.badges[op.ID], Label: s.label(op),
		Open: op.Complete == history.Never,
	}
	b.W = s.Right - b.X
	if !b.Open {
		b.W = s.axis.at(op.Complete) - b.X
	}
	b.LabelX = b.X + 11
	if b.Badge != "" {
		b.LabelX = b.X + 31
	}
	culprit := op.ID == s.e.Culprit.ID
	switch {
	case culprit:
		b.Class = "culprit"
	case op.Outcome == history.Failed:
		b.Class = "failed"
	case b.Open:
		b.Class = "unknown"
	}
	s.Bars = append(s.Bars, b)

	from, to := s.clock.op(op)
	row := coreRow{Op: label(op), Who: who(op), From: s.clock.stamp(from, 6), To: s.clock.stamp(to, 6), Outcome: outcomes[op.Outcome], Culprit: culprit}
	if op.Outcome == history.Unknown && s.answered(op) {
		row.To, row.Outcome = "later", "open when the violation was complete"
	}
	s.Table = append(s.Table, row)
}

// funcClass is the style of a function.
func funcClass(f history.Func) string {
	if f == history.Read || f == history.Write {
		return string(f)
	}
	return "other"
}

// outcomes say in a word how an operation ended.
var outcomes = [...]string{history.OK: "ok", history.Failed: "failed", history.Unknown: "unknown"}

// drawTicks marks every event of an operation on the axis and writes its time where
// there is room, the culprit's first.
func (s *sketch) drawTicks() {
	type mark struct {
		x      float64
		us     int64
		strong bool
	}
	var marks []mark
	for _, op := range s.ops {
		from, to := s.clock.op(op)
		culprit := op.ID == s.e.Culprit.ID
		marks = append(marks, mark{s.axis.at(op.Invoke), from, culprit})
		if op.Complete != history.Never {
			marks = append(marks, mark{s.axis.at(op.Complete), to, culprit})
		}
	}
	slices.SortStableFunc(marks, func(a, b mark) int {
		return cmp.Or(trueFirst(a.strong, b.strong), cmp.Compare(a.x, b.x))
	})
	decimals := 3
	for decimals < 6 && s.axisIsFine(decimals) {
		decimals++
	}
	room := textWidth(s.clock.stamp(marks[0].us, decimals)) + 8
	for _, m := range marks {
		t := viewTick{X: m.x, Strong: m.strong}
		if !slices.ContainsFunc(s.Ticks, func(o viewTick) bool { return o.Text != "" && max(o.X-m.x, m.x-o.X) < room }) {
			t.Text = s.clock.stamp(m.us, decimals)
		}
		s.Ticks = append(s.Ticks, t)
	}
}

// axisIsFine reports whether two events would read the same with so few decimals.
func (s *sketch) axisIsFine(decimals int) bool {
	for i := 1; i < len(s.axis.events); i++ {
		a, b := s.axis.events[i-1].us, s.axis.events[i].us
		if a != b && s.clock.stamp(a, decimals) == s.clock.stamp(b, decimals) {
			return true
		}
	}
	return false
}

// The template cannot calculate; these are its few sums.

// Down is y moved down, or x moved right, by so many pixels.
func (c *violationView) Down(y, by float64) float64 { return y + by }

// Below is the height from the top of a band to the axis.
func (c *violationView) Below(b viewBand) float64 { return c.End - b.Y }

// OpenPath outlines a bar that has no end.
func (c *violationView) OpenPath(b viewBar) string {
	return fmt.Sprintf("M%.1f %.1fH%.1fa4 4 0 0 0 -4 4v%.1fa4 4 0 0 0 4 4H%.1f", b.X+b.W, b.Y, b.X+4, b.H-8, b.X+b.W)
}

// Arrow points onward from the open side of a bar.
func (c *violationView) Arrow(b viewBar) string {
	return fmt.Sprintf("M%.1f %.1fl7 7l-7 7", b.X+b.W+3, b.Y+b.H/2-7)
}
