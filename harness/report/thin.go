package report

import (
	"fmt"
	"slices"

	"senkei/history"
)

// maxDrawn is the most operations that a browser still draws fluently.
const maxDrawn = 400_000

// aroundMicros is how far before and after the violation every operation is kept.
const aroundMicros = 1_000_000

// picker chooses which operations to draw when not all fit: first those of the
// explanation, then those of its key and those near the violation, then an even
// share of the others.
type picker struct {
	order              []int // indexes of all operations, ascending by start
	core, near, others []int // indexes of order, ascending
	key                string
	about              bool // there is a violation to be near to
}

func newPicker(h history.History, m *marked, c clock) picker {
	p := picker{order: byStart(h.Ops, c), about: m != nil}
	involved := m.involved()
	var from, to int64
	if p.about {
		p.key = m.key
		from, to = c.op(m.culprit)
	}
	for at, i := range p.order {
		start, end := c.op(h.Ops[i])
		switch {
		case involved[i] != notInvolved:
			p.core = append(p.core, at)
		case p.about && (h.Ops[i].In.Key == p.key || start <= to+aroundMicros && end >= from-aroundMicros):
			p.near = append(p.near, at)
		default:
			p.others = append(p.others, at)
		}
	}
	return p
}

// total is how many operations there are.
func (p picker) total() int { return len(p.order) }

// pick returns the indexes of at most n operations, ascending by start, and says in
// words what was left out; nothing is said if nothing was.
func (p picker) pick(n int) (kept []int, note string) {
	core := spread(p.core, n)
	near := spread(p.near, n-len(core))
	others := spread(p.others, n-len(core)-len(near))
	kept = slices.Sorted(slices.Values(slices.Concat(core, near, others)))
	for i, at := range kept {
		kept[i] = p.order[at]
	}
	if len(kept) == p.total() {
		return kept, ""
	}
	note = fmt.Sprintf("To stay small, this page draws %s of %s operations", count(len(kept)), count(p.total()))
	if p.about {
		note += fmt.Sprintf(": %s of the explanation, %s on key %s or near the violation, and, evenly spread, %s of the others",
			share(len(core), len(p.core)), share(len(near), len(p.near)), clip(p.key, nameRunes), share(len(others), len(p.others)))
	} else {
		note += ", evenly spread over the run"
	}
	return kept, note + ". Rates, latencies and counts are those of all operations."
}

// share writes "all 12" or "12 of 40".
func share(n, of int) string {
	if n == of {
		return "all " + count(n)
	}
	return count(n) + " of " + count(of)
}

// spread returns at most n of them, evenly spread.
func spread(from []int, n int) []int {
	if n >= len(from) {
		return from
	}
	var out []int
	for i := range max(n, 0) {
		out = append(out, from[i*len(from)/n])
	}
	return out
}

// fit packs as many operations as stay within the bytes.
func (p picker) fit(bytes int, pack func(kept []int) operations) (fit operations, kept []int, note string) {
	fitting(min(p.total(), maxDrawn), bytes, func(n int) int {
		kept, note = p.pick(n)
		fit = pack(kept)
		return fit.size()
	})
	return fit, kept, note
}

// fitting packs as many of n things as stay within the bytes. Each attempt takes fewer, judging
// by the size of the one before; none at all always fit.
func fitting(n, bytes int, pack func(n int) (size int)) {
	for size := pack(n); size > bytes && n > 0; size = pack(n) {
		n = min(n-1, int(float64(n)*0.97*float64(max(bytes, 0))/float64(size)))
	}
}
