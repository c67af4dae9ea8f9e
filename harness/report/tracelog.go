package report

import (
	"fmt"
	"html/template"
	"slices"
)

// logLine is a traceEvent as a line of the list.
type logLine struct{ At, Who, Kind, Text, Arrived, Class string }

// The log is plain markup, so it is much larger than what the drawing needs.
const (
	maxLogged   = 3000
	logBytes    = 700_000
	logLineSize = 160 // markup of a line without its texts
)

// newLog lists the newest trace events that fit in logBytes, and says so if not all do.
func newLog(all []traceEvent, rows []rowData) ([]logLine, string) {
	var lines []logLine
	room := logBytes
	for i := len(all) - 1; i >= 0 && len(lines) < maxLogged; i-- {
		line := newLogLine(all[i], rows)
		room -= line.size()
		if room < 0 {
			break
		}
		lines = append(lines, line)
	}
	slices.Reverse(lines)
	if len(lines) == len(all) {
		return lines, ""
	}
	return lines, fmt.Sprintf("The last %s of %s.", count(len(lines)), counted(len(all), "line"))
}

func newLogLine(e traceEvent, rows []rowData) logLine {
	line := logLine{At: exact(e.at), Who: rows[e.row].Name, Kind: clip(e.kind, nameRunes), Text: clip(e.text, traceRunes), Class: "moment"}
	if e.to >= 0 {
		line.Who += " → " + rows[e.to].Name
		line.Class = e.family.class()
		line.Arrived = exact(e.arrived)
		if e.lost != "" {
			line.Arrived = "never: " + clip(e.lost, reasonRunes)
			line.Class += " lost"
		}
	}
	switch {
	case e.involved == isCulprit:
		line.Class += " culprit"
	case e.involved == inCore:
		line.Class += " core"
	case e.repeat:
		line.Class += " repeat"
	}
	return line
}

// exact writes a time to the microsecond, in seconds.
func exact(us int64) string { return fmt.Sprintf("%.6f", float64(us)/1e6) }

// size is what the line adds to the page.
func (r logLine) size() int {
	size := logLineSize + len(r.At) + len(r.Class)
	for _, text := range []string{r.Who, r.Kind, r.Text, r.Arrived} {
		size += len(template.HTMLEscapeString(text))
	}
	return size
}
