package report

import (
	"cmp"
	"math"
	"slices"
)

// eventAxis is the axis of the violation view. Operations of a violation are often a
// millisecond long and seconds apart: on a true scale they would be invisible, and
// whether two of them overlap could not be seen. So every event gets a place of its
// own in the exact order of the history, every bar is as wide as its label, and only
// the room that is left goes to the gaps, by the square root of their time.
type eventAxis struct {
	events []event
	x      []float64
}

// event is something that has a place on the axis.
type event struct {
	position int
	us       int64
}

// need demands room between two event positions.
type need struct {
	from, to int
	width    float64
}

// minGap is the least distance of two neighbouring events, in pixels.
const minGap = 14

// newEventAxis places the events on left…left+width or further, if the needs ask for it.
func newEventAxis(events []event, needs []need, left, width float64) eventAxis {
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.position, b.position) })
	events = slices.CompactFunc(events, func(a, b event) bool { return a.position == b.position })
	s := eventAxis{events: events, x: make([]float64, len(events))}
	if len(events) == 0 {
		return s
	}
	s.x[0] = left
	var weight float64
	for i := 1; i < len(events); i++ {
		s.x[i] = s.x[i-1] + minGap
		for _, n := range needs {
			if n.to == events[i].position {
				s.x[i] = max(s.x[i], math.Ceil(s.at(n.from)+n.width))
			}
		}
		weight += s.weight(i)
	}
	spare := left + width - s.x[len(s.x)-1]
	if spare <= 0 || weight == 0 {
		return s
	}
	var moved float64
	for i := 1; i < len(s.x); i++ {
		moved += spare * s.weight(i) / weight
		s.x[i] += math.Floor(moved)
	}
	return s
}

// weight is the gap before event i by the square root of its time.
func (s eventAxis) weight(i int) float64 {
	return math.Sqrt(math.Max(float64(s.events[i].us-s.events[i-1].us), 1))
}

// at returns the place of an event that the axis was made with.
func (s eventAxis) at(position int) float64 {
	i, ok := slices.BinarySearchFunc(s.events, position, func(e event, p int) int { return cmp.Compare(e.position, p) })
	if !ok {
		panic("report: position without a place on the violation view")
	}
	return s.x[i]
}

// last is the place of the last event.
func (s eventAxis) last() float64 { return s.x[len(s.x)-1] }
