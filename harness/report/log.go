package report

import (
	"fmt"
	"html/template"
	"slices"
)

// logRow is a happening as a row of a table.
type logRow struct{ At, Who, Kind, Text, Arrived, Class string }

// The log is plain markup, so it is much larger than what the drawing needs.
const (
	maxLogged  = 3000
	logBytes   = 700_000
	logRowSize = 160 // markup of a row without its texts
)

// newLog lists the newest happenings that fit in logBytes, and says so if not all do.
func newLog(all []happening, lanes []laneData) ([]logRow, string) {
	var rows []logRow
	room := logBytes
	for i := len(all) - 1; i >= 0 && len(rows) < maxLogged; i-- {
		row := newLogRow(all[i], lanes)
		room -= row.size()
		if room < 0 {
			break
		}
		rows = append(rows, row)
	}
	slices.Reverse(rows)
	if len(rows) == len(all) {
		return rows, ""
	}
	return rows, fmt.Sprintf("The last %s of %s.", count(len(rows)), counted(len(all), "line"))
}

func newLogRow(h happening, lanes []laneData) logRow {
	row := logRow{At: exact(h.at), Who: lanes[h.lane].Name, Kind: clip(h.kind, nameRunes), Text: clip(h.text, traceRunes), Class: "moment"}
	if h.to >= 0 {
		row.Who += " → " + lanes[h.to].Name
		row.Class = h.family.class()
		row.Arrived = exact(h.arrived)
		if h.lost != "" {
			row.Arrived = "never: " + clip(h.lost, reasonRunes)
			row.Class += " lost"
		}
	}
	switch {
	case h.part == culpritPart:
		row.Class += " culprit"
	case h.part == corePart:
		row.Class += " core"
	case h.repeat:
		row.Class += " repeat"
	}
	return row
}

// exact writes a time to the microsecond, in seconds.
func exact(us int64) string { return fmt.Sprintf("%.6f", float64(us)/1e6) }

// size is what the row adds to the page.
func (r logRow) size() int {
	size := logRowSize + len(r.At) + len(r.Class)
	for _, text := range []string{r.Who, r.Kind, r.Text, r.Arrived} {
		size += len(template.HTMLEscapeString(text))
	}
	return size
}
