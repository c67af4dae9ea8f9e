package consistency

import "slices"

// readNewer returns one of the reads of a session on one key, of those up to an index, that
// found a newer version than write a, or than the beginning; false if there is none. What all
// reads up to some point found is summed up in one clock, so it takes no more time for many.
func (o *order) readNewer(t *touches, index, a int) (int, bool) {
	n := countUntil(index, t.reads)
	if n == 0 {
		return 0, false
	}
	if t.heard == nil {
		o.hear(t)
	}
	heard := t.heard[n-1]
	if heard == nil || a < 0 && a != initial || a >= 0 && int(heard[o.accesses[a].session]) < o.accesses[a].index {
		return 0, false
	}
	for _, r := range t.reads[:n] {
		if first := o.accesses[r.access].from; first >= 0 && first != a && o.older(a, first) {
			return r.access, true
		}
	}
	return 0, false
}

// hear computes for each read of a session on one key a clock: how many accesses of each session
// precede one of the writes that were read so far, those writes themselves left out. It is nil
// as long as none was read.
func (o *order) hear(t *touches) {
	t.heard = make([][]int32, len(t.reads))
	var clock []int32
	for n, r := range t.reads {
		if from := o.accesses[r.access].from; from >= 0 {
			clock = slices.Clone(clock)
			if clock == nil {
				clock = make([]int32, len(o.sessions))
			}
			for s, known := range o.past[from] {
				if s == o.accesses[from].session {
					known--
				}
				clock[s] = max(clock[s], known)
			}
		}
		t.heard[n] = clock
	}
}
