package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"senkei/harness"
	"senkei/history"
)

// plainEvery is how often a line is printed where the output is not a terminal.
const plainEvery = 5 * time.Second

// noticesMax is how many violations are shown one by one; the progress counts them all.
const noticesMax = 10

// meter shows a run's progress: one line that is redrawn on a terminal, or a plain line
// now and then elsewhere.
type meter struct {
	out     io.Writer
	width   int // of the terminal; 0 where there is none
	planned time.Duration
	last    harness.Snapshot // the one that rates are measured against
	rate    float64
	nextAt  time.Duration
	drawn   bool
	noticed int // violations shown
}

func newMeter(out io.Writer, planned time.Duration) *meter {
	return &meter{out: unshown(out), planned: planned, width: widthOf(out)}
}

func (m *meter) show(s harness.Snapshot) {
	for _, v := range s.Noticed {
		if m.noticed++; m.noticed <= noticesMax {
			m.notice(v)
		}
	}
	if gone := s.Elapsed - m.last.Elapsed; gone >= time.Second {
		m.rate = float64(s.Counts.Total()-m.last.Counts.Total()) / gone.Seconds()
		m.last = s
	}
	if m.width > 0 {
		m.redraw(m.text(s))
	} else if s.Elapsed >= m.nextAt {
		m.nextAt = s.Elapsed + plainEvery
		m.redraw(m.text(s))
	}
}

// notice shows a violation on a line of its own, which stays.
func (m *meter) notice(v harness.Violation) {
	m.redraw(fmt.Sprintf("  violation on key %s at %.1fs", history.ShowKey(v.Key), v.At.Seconds()))
	m.finish()
}

// redraw shows a text in place of the one before, or below it where the output is not a
// terminal.
func (m *meter) redraw(text string) {
	text = history.Escape(text)
	if m.width == 0 {
		fmt.Fprintln(m.out, text)
		return
	}
	line := []rune(text)
	if len(line) > m.width-1 {
		line = append(line[:m.width-2], '…')
	}
	fmt.Fprintf(m.out, "\r\x1b[K%s", string(line))
	m.drawn = true
}

// finish leaves the line that is being redrawn.
func (m *meter) finish() {
	if m.drawn {
		fmt.Fprintln(m.out)
		m.drawn = false
	}
}

func (m *meter) text(s harness.Snapshot) string {
	leader := "no leader"
	if s.Leader != "" {
		leader = fmt.Sprintf("leader %s in term %d", s.Leader, s.Term)
	}
	faults := cmp.Or(strings.Join(s.Faults, "; "), "no fault")
	text := fmt.Sprintf("%5.1fs/%v %s  %d ok  %d fail  %d unknown  %.0f/s  %s  %s",
		s.Elapsed.Seconds(), m.planned, s.Phase, s.Counts.OK, s.Counts.Failed, s.Counts.Unknown, m.rate, leader, faults)
	if s.Violations > 0 {
		text += fmt.Sprintf("  keys violated: %d", s.Violations)
	}
	return text
}
