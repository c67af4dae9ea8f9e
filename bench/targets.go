package main

import (
	"fmt"
	"strings"
)

// target is what the checker has set itself.
type target struct {
	Text   string `json:"text"`
	State  state  `json:"state"`
	Detail string `json:"detail,omitempty"`
}

type state string

const (
	met         state = "met"
	missed      state = "missed"
	open        state = "open" // there are only bounds, and they do not decide
	notMeasured state = "not measured"
)

func (t target) String() string {
	if t.Detail == "" {
		return fmt.Sprintf("%s: %s", t.Text, t.State)
	}
	return fmt.Sprintf("%s: %s (%s)", t.Text, t.State, t.Detail)
}

const (
	slowerMax = 2    // times Porcupine
	fasterMin = 1000 // times Porcupine
)

// targetsOf judges the targets by the rows that were measured.
func targetsOf(all []match) []target {
	both := func(m match) bool { return m.Senkei.Verdict != none && m.Porcupine.Verdict != none }
	return []target{
		judge(all, "10^6 operations on a register, unique values, 32 clients, 1 % unknown: at most 1 s and 1 GB",
			func(m match) bool {
				return m.Row.Kind == uniqueRegister && m.Row.Clients == 32 && m.Row.Operations == 1_000_000 && m.Row.Unknown == 1
			},
			func(m match) (state, string) {
				const secondsMax, bytesMax = 1, 1_000_000_000
				return metIf(m.Senkei.within(secondsMax) && m.Senkei.PeakB <= bytesMax), m.Senkei.time() + ", " + m.Senkei.memory()
			}),
		judge(all, "10^4 operations on a register, unique values, 8 clients: at least 1,000 times as fast as Porcupine",
			func(m match) bool {
				return m.Row.Kind == uniqueRegister && m.Row.Clients == 8 && m.Row.Operations == 10_000
			},
			func(m match) (state, string) {
				return m.isFaster(fasterMin), m.ratio()
			}),
		judge(all, "10^5 operations on a register, repeating values, 8 clients: at most 2 s",
			func(m match) bool {
				return m.Row.Kind == repeatingRegister && m.Row.Clients == 8 && m.Row.Operations == 100_000
			},
			func(m match) (state, string) {
				const secondsMax = 2
				return metIf(m.Senkei.within(secondsMax)), m.Senkei.time()
			}),
		judge(all, "no case where Porcupine answers and Senkei does not",
			func(m match) bool { return m.Porcupine.Verdict != none },
			func(m match) (state, string) {
				return metIf(m.Senkei.Verdict != none), "Porcupine " + m.Porcupine.time()
			}),
		judge(all, "never slower than twice Porcupine", both,
			func(m match) (state, string) {
				return m.isFaster(1.0 / slowerMax), m.ratio()
			}),
	}
}

func metIf(ok bool) state {
	if ok {
		return met
	}
	return missed
}

// isFaster says whether Senkei is at least so many times as fast as Porcupine.
func (m match) isFaster(least float64) state {
	factor := m.factor()
	switch {
	case m.Senkei.Verdict == none:
		return missed
	case m.Porcupine.Verdict == none && factor < least:
		return open
	default:
		return metIf(factor >= least)
	}
}

// judge holds a target against the rows it speaks of. It is as well met as in the worst of
// them, and says what these say.
func judge(all []match, text string, about func(match) bool, meets func(match) (state, string)) target {
	const few = 4
	said := map[state][]string{}
	n := 0
	for _, m := range all {
		if about(m) {
			s, what := meets(m)
			said[s] = append(said[s], fmt.Sprintf("%s: %s", m.Row, what))
			n++
		}
	}
	for _, s := range []state{missed, open} {
		if len(said[s]) > 0 {
			return target{text, s, fmt.Sprintf("%d of %d rows: %s", len(said[s]), n, joined(said[s], few))}
		}
	}
	switch {
	case n == 0:
		return target{text, notMeasured, ""}
	case n > few:
		return target{text, met, fmt.Sprintf("%d rows", n)}
	default:
		return target{text, met, joined(said[met], few)}
	}
}

// joined lists the first texts.
func joined(texts []string, most int) string {
	rest := ""
	if len(texts) > most {
		rest = fmt.Sprintf("; and %d more", len(texts)-most)
	}
	return strings.Join(texts[:min(len(texts), most)], "; ") + rest
}
