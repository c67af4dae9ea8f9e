package report

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// What the trace may take of a page: of too much the newest is kept.
const (
	traceBytes  = 1_500_000
	maxTraced   = 100_000
	traceRunes  = 200
	reasonRunes = 60
)

// diagram is the space-time diagram of a trace (Lamport 1978, "Time, Clocks, and the
// Ordering of Events in a Distributed System", figure 1) and the same as a list.
type diagram struct {
	Located bool   // the violation is in it
	Note    string // says what is not drawn
	Log     []logRow
	LogNote string

	data diagramData
}

// diagramData is what the scripts draw.
type diagramData struct {
	From  int64      `json:"from"` // of the axis, microseconds
	To    int64      `json:"to"`
	Lanes []laneData `json:"lanes"`
	Count int        `json:"count"`
	// Columns holds one column after the other, as those of the operations. The order is
	// that of happeningColumns.
	Columns string `json:"columns"`
	// Strings holds the texts that the columns point into, and the spans, as JSON, packed.
	Strings string `json:"strings"`
}

type laneData struct {
	Name   string `json:"name"`
	Client bool   `json:"client"`
	// Processes are those of the client whose operations the diagram may show.
	Processes []int `json:"processes"`
}

// traceTables are the texts that the columns point into, and the spans.
type traceTables struct {
	Kinds   []string   `json:"kinds"`
	Texts   []string   `json:"texts"`
	Reasons []string   `json:"reasons"`
	Spans   []spanData `json:"spans"`
}

type spanData struct {
	Lane int    `json:"lane"`
	Kind string `json:"kind"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
	Text string `json:"text"`
}

// newDiagram returns nil where nothing was traced.
func newDiagram(r Report, c clock) *diagram {
	t := r.Trace
	if t == nil {
		return nil
	}
	seats := newSeats(r)
	parts := newCast(r, c, seats)
	places, drawn := drawnLanes(t, parts)
	all := happeningsOf(t, places, parts)
	d := &diagram{}
	kept := d.fit(t, places, all[max(len(all)-maxTraced, 0):])
	d.Note = d.describe(t, kept)
	d.data.Lanes = make([]laneData, drawn)
	processes := seats.during(r.History.Ops, c, d.data.From, d.data.To)
	for i, lane := range t.Lanes {
		if places[i] >= 0 {
			d.data.Lanes[places[i]] = laneData{Name: lane.name(), Client: lane.Node == "", Processes: processes[i]}
		}
	}
	for _, h := range kept {
		d.Located = d.Located || h.part == culpritPart
	}
	d.Log, d.LogNote = newLog(kept, d.data.Lanes)
	return d
}

// fit packs the newest happenings that stay within traceBytes and returns them. Each
// attempt takes fewer, judging by the size of the one before; none at all always fit.
func (d *diagram) fit(t *Trace, places []int, all []happening) []happening {
	for {
		d.bound(t, all)
		d.encode(all, spansOf(t, places, d.data.From, d.data.To))
		size := len(d.data.Columns) + len(d.data.Strings)
		if size <= traceBytes || len(all) == 0 {
			return all
		}
		n := min(len(all)-1, int(float64(len(all))*0.97*traceBytes/float64(size)))
		all = all[len(all)-n:]
	}
}

// bound sets the axis: what was asked for, from the first happening that is drawn.
func (d *diagram) bound(t *Trace, all []happening) {
	d.data.From, d.data.To = micros(t.From), micros(t.To)
	if len(all) > 0 {
		d.data.From = all[0].at
	}
	if t.From == 0 && t.To == 0 {
		for _, h := range all {
			d.data.To = max(d.data.To, h.at, h.arrived)
		}
	}
	d.data.To = max(d.data.To, d.data.From+1)
}

// encode packs the happenings and the spans.
func (d *diagram) encode(all []happening, spans []span) {
	texts, columns := happeningColumns(all, d.data.From)
	for _, s := range spans {
		texts.Spans = append(texts.Spans, spanData{s.lane, s.kind, s.from, s.to, clip(s.text, nameRunes)})
	}
	encoded, err := json.Marshal(texts)
	if err != nil {
		panic("report: tables of strings and numbers: " + err.Error())
	}
	d.data.Count, d.data.Columns, d.data.Strings = len(all), pack(bytes.Join(columns[:], nil)), pack(encoded)
}

// happeningColumns turns happenings into numbers: time (since the one before), lane, the
// receiver's lane plus 1 or 0 for a moment, time on the way plus 1 or 0 if lost, the
// reason of a loss, kind, text, flags.
func happeningColumns(all []happening, from int64) (traceTables, [8][]byte) {
	var columns [8][]byte
	put := func(column int, n uint64) { columns[column] = binary.AppendUvarint(columns[column], n) }
	kinds, texts, reasons := interner{max: nameRunes}, interner{max: traceRunes}, interner{max: reasonRunes}
	before := from
	for _, h := range all {
		put(0, uint64(h.at-before))
		before = h.at
		put(1, uint64(h.lane))
		put(2, uint64(h.to+1))
		way := uint64(0)
		if h.arrives() {
			way = uint64(h.arrived-h.at) + 1
		}
		put(3, way)
		put(4, reasons.id(h.lost))
		put(5, kinds.id(h.kind))
		put(6, texts.id(h.text))
		put(7, h.flags())
	}
	return traceTables{Kinds: kinds.texts, Texts: texts.texts, Reasons: reasons.texts}, columns
}

// arrives reports whether a happening is a message that was received.
func (h happening) arrives() bool { return h.to >= 0 && h.lost == "" }

// flags holds the family in bits 0 and 1, whether it is a repeat in bit 2, and the part
// in the violation above.
func (h happening) flags() uint64 {
	f := uint64(h.family) | uint64(h.part)<<3
	if h.repeat {
		f |= 4
	}
	return f
}

// describe says how much of the trace is drawn, where that is not all.
func (d *diagram) describe(t *Trace, kept []happening) string {
	shown, all := 0, len(t.Messages)+t.Dropped
	for _, h := range kept {
		if h.to >= 0 {
			shown++
		}
	}
	if shown == all {
		return ""
	}
	return fmt.Sprintf("%s of %s are shown, those from %s s to %s s.", count(shown), counted(all, "message"), exact(d.data.From), exact(d.data.To))
}
