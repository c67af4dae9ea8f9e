package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"senkei/harness"
)

// plainEvery is how often a line is printed where the output is not a terminal.
const plainEvery = 5 * time.Second

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
}

func newMeter(out io.Writer, planned time.Duration) *meter {
	m := &meter{out: out, planned: planned}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			m.width = width
		}
	}
	return m
}

func (m *meter) show(s harness.Snapshot) {
	if gone := s.Elapsed - m.last.Elapsed; gone >= time.Second {
		m.rate = float64(s.Counts.Total()-m.last.Counts.Total()) / gone.Seconds()
		m.last = s
	}
	if m.width == 0 {
		if s.Elapsed >= m.nextAt {
			m.nextAt = s.Elapsed + plainEvery
			fmt.Fprintln(m.out, m.text(s))
		}
		return
	}
	line := []rune(m.text(s))
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
	faults := "no fault"
	if len(s.Faults) > 0 {
		faults = strings.Join(s.Faults, "; ")
	}
	return fmt.Sprintf("%5.1fs/%v %s  %d ok  %d fail  %d unknown  %.0f/s  %s  %s",
		s.Elapsed.Seconds(), m.planned, s.Phase, s.Counts.OK, s.Counts.Failed, s.Counts.Unknown, m.rate, leader, faults)
}
