package report

import (
	"encoding/binary"
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
	Log     []logLine
	LogNote string

	data diagramData
}

// diagramData is what the scripts draw.
type diagramData struct {
	From  int64     `json:"from"` // of the axis, microseconds
	To    int64     `json:"to"`
	Rows  []rowData `json:"rows"`
	Count int       `json:"count"`
	// Columns holds one column after the other, as those of the operations. The order is
	// that of traceColumns.
	Columns string `json:"columns"`
	// Strings holds the texts that the columns point into, and the spans, as JSON, packed.
	Strings string `json:"strings"`
}

type rowData struct {
	Name   string `json:"name"`
	Client bool   `json:"client"`
	// Processes are those of the client whose operations the diagram may show.
	Processes []int `json:"processes"`
}

// traceTables are the texts that the columns point into, and the spans.
type traceTables struct {
	Kinds   []string `json:"kinds"`
	Texts   []string `json:"texts"`
	Reasons []string `json:"reasons"`
	Spans   []span   `json:"spans"`
}

// newDiagram returns nil where nothing was traced.
func newDiagram(r Report, c clock, m *marked) *diagram {
	t := r.Trace
	if t == nil {
		return nil
	}
	owners := newOwners(r)
	involved := newParticipants(m, c, owners)
	rowOf, drawn := drawnRows(t, involved)
	all := traceEventsOf(t, rowOf, involved)
	d := &diagram{}
	kept := d.fit(t, rowOf, all[max(len(all)-maxTraced, 0):])
	d.Note = d.describe(t, kept)
	d.data.Rows = make([]rowData, drawn)
	processes := owners.during(r.History.Ops, c, d.data.From, d.data.To)
	for i, row := range t.Rows {
		if rowOf[i] >= 0 {
			d.data.Rows[rowOf[i]] = rowData{Name: row.name(), Client: row.Node == "", Processes: processes[i]}
		}
	}
	for _, e := range kept {
		d.Located = d.Located || e.involved == isCulprit
	}
	d.Log, d.LogNote = newLog(kept, d.data.Rows)
	return d
}

// fit packs the newest trace events that stay within traceBytes and returns them.
func (d *diagram) fit(t *Trace, rowOf []int, all []traceEvent) []traceEvent {
	kept := all
	fitting(len(all), traceBytes, func(n int) int {
		kept = all[len(all)-n:]
		d.bound(t, kept)
		d.encode(kept, spansOf(t, rowOf, d.data.From, d.data.To))
		return len(d.data.Columns) + len(d.data.Strings)
	})
	return kept
}

// bound sets the axis: what was asked for, from the first traceEvent that is drawn.
func (d *diagram) bound(t *Trace, all []traceEvent) {
	d.data.From, d.data.To = micros(t.From), micros(t.To)
	if len(all) > 0 {
		d.data.From = all[0].at
	}
	if t.From == 0 && t.To == 0 {
		for _, e := range all {
			d.data.To = max(d.data.To, e.at, e.arrived)
		}
	}
	d.data.To = max(d.data.To, d.data.From+1)
}

// encode packs the trace events and the spans.
func (d *diagram) encode(all []traceEvent, spans []span) {
	texts, columns := traceColumns(all, d.data.From)
	texts.Spans = spans
	d.data.Count = len(all)
	d.data.Columns, d.data.Strings = packed(columns[:], texts)
}

// traceColumns turns trace events into numbers: time (since the one before), row, the
// receiver's row plus 1 or 0 for a moment, time on the way plus 1 or 0 if lost, the
// reason of a loss, kind, text, flags.
func traceColumns(all []traceEvent, from int64) (traceTables, [8][]byte) {
	var columns [8][]byte
	put := func(column int, n uint64) { columns[column] = binary.AppendUvarint(columns[column], n) }
	kinds, texts, reasons := interner{max: nameRunes}, interner{max: traceRunes}, interner{max: reasonRunes}
	before := from
	for _, e := range all {
		put(0, uint64(e.at-before))
		before = e.at
		put(1, uint64(e.row))
		put(2, uint64(e.to+1))
		way := uint64(0)
		if e.arrives() {
			way = uint64(e.arrived-e.at) + 1
		}
		put(3, way)
		put(4, reasons.id(e.lost))
		put(5, kinds.id(e.kind))
		put(6, texts.id(e.text))
		put(7, e.flags())
	}
	return traceTables{Kinds: kinds.texts, Texts: texts.texts, Reasons: reasons.texts}, columns
}

// arrives reports whether a traceEvent is a message that was received.
func (e traceEvent) arrives() bool { return e.to >= 0 && e.lost == "" }

// flags holds the family in bits 0 and 1, whether it is a repeat in bit 2, and the part
// in the violation above.
func (e traceEvent) flags() uint64 {
	f := uint64(e.family) | uint64(e.involved)<<3
	if e.repeat {
		f |= 4
	}
	return f
}

// describe says how much of the trace is drawn, where that is not all.
func (d *diagram) describe(t *Trace, kept []traceEvent) string {
	shown, all := 0, len(t.Messages)+t.Dropped
	for _, e := range kept {
		if e.to >= 0 {
			shown++
		}
	}
	if shown == all {
		return ""
	}
	return fmt.Sprintf("%s of %s are shown, those from %s s to %s s.", count(shown), counted(all, "message"), exact(d.data.From), exact(d.data.To))
}
