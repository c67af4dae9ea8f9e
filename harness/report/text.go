package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"senkei/history"
)

// The most runes that the page shows of each kind of text. Values, errors and names
// come from the system under test and may be of any size.
const (
	nameRunes     = 80
	valueRunes    = 64
	errorRunes    = 160
	sentenceRunes = 1000
	commandRunes  = 2000
)

// clip makes a text from outside fit to be shown: at most max runes, and nothing
// that moves the cursor, turns the direction of writing or cannot be seen.
func clip(s string, max int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == max {
			b.WriteRune('…')
			break
		}
		if !unicode.IsGraphic(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// clipAll clips each text and keeps the first most of them.
func clipAll(texts []string, max, most int) []string {
	var out []string
	for i, s := range texts {
		if i == most {
			out = append(out, fmt.Sprintf("… and %s more.", count(len(texts)-most)))
			break
		}
		out = append(out, clip(s, max))
	}
	return out
}

// label names an operation and its result in a few words: "write 57", "read → 41".
func label(op history.Op) string {
	return op.Label(func(s string) string { return clip(s, valueRunes) })
}

// count writes a number with separators: 200,000.
func count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// counted writes a number and its noun: "1 fault", "3 faults".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// latency writes a duration of so many microseconds.
func latency(us int64) string { return history.Lasted(time.Duration(us) * time.Microsecond) }

// elapsed writes the length of a run, in which milliseconds do not matter.
func elapsed(d time.Duration) string {
	if d < 10*time.Minute {
		return fmt.Sprintf("%.4g s", d.Round(100*time.Millisecond).Seconds())
	}
	return d.Round(time.Second).String()
}
