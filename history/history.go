package history

import "time"

// History is everything recorded of one run, in the order of its events.
type History struct {
	Ops     []Op           // by Invoke
	Faults  []Span         // by From
	Leaders []LeaderChange // by position
	// Notes say what was read past or mended as a file was read, each a sentence for people.
	// They are not written.
	Notes []string
}

// Span is one fault while it was in force. The bounds are cautious: From is recorded once
// the fault was seen to be in force, and To before its healing begins.
type Span struct {
	ID       int    // the number of the schedule's step
	Kind     string // "kill", "pause", "partition", …
	Text     string // what a person reads, such as "n1 cut off from n2, n3"
	From, To int    // event positions; To is Never if its healing never began
	// Start and End are times since the run began. End is the latest time in the
	// history where To is Never.
	Start, End time.Duration
}

// LeaderChange is one observation by Monitor that a node leads in a new term.
type LeaderChange struct {
	Position int
	Time     time.Duration
	Node     NodeID
	Term     uint64
}

// During returns the faults that overlap the event positions from..to, both included.
func (h History) During(from, to int) []Span {
	var spans []Span
	for _, s := range h.Faults {
		if s.From <= to && s.To >= from {
			spans = append(spans, s)
		}
	}
	return spans
}
