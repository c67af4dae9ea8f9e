package search

// A configuration is one way in which a search may stand at an event of a timeline: the
// state, and what became of each open operation. It is a list of words:
//
//   - the number of the state in the low half of the first word; the high half is for the
//     search;
//   - must, a bit for each slot: the operation has not taken effect, and must before it ends;
//   - may, a bit for each slot: the operation may take effect from here on;
//   - for each crashed class, how many of its operations have taken effect.
//
// Of a new operation both bits are set; of one that took effect, neither. Of one that overwrites,
// may can be set alone: another one has overwritten the state since it began, so that it may have
// taken effect just before that, where nobody could tell. Then it need not take effect visibly,
// but it may. Of what only observes, may is never set: it takes effect by itself as soon as a
// state allows it, which does no harm.
//
// Invariant: must is set only where may is, but for what observes.
type configuration []uint64

// layout is how the words of a configuration are divided.
type layout struct {
	masks    int      // words of must, and of may
	counters int      // words that count crashed operations
	guards   []uint64 // by word of counters: the highest bit of each crashed class
}

func (t *Timeline) layout() layout {
	l := layout{masks: (t.slots + 63) / 64}
	if n := len(t.crashed); n > 0 {
		l.counters = t.crashed[n-1].word + 1
		l.guards = make([]uint64, l.counters)
		for _, e := range t.crashed {
			l.guards[e.word] |= 1 << (e.shift + e.width - 1)
		}
	}
	return l
}

func (l layout) words() int { return 1 + 2*l.masks + l.counters }

func (l layout) must(c configuration) []uint64 { return c[1 : 1+l.masks] }
func (l layout) may(c configuration) []uint64  { return c[1+l.masks : 1+2*l.masks] }
func (l layout) used(c configuration) []uint64 { return c[1+2*l.masks:] }

func (c configuration) state() int32 { return int32(uint32(c[0])) }

func (c configuration) setState(s int32) { c[0] = c[0]>>32<<32 | uint64(uint32(s)) }

func has(mask []uint64, slot int32) bool { return mask[slot>>6]>>(slot&63)&1 == 1 }
func set(mask []uint64, slot int32)      { mask[slot>>6] |= 1 << (slot & 63) }
func unset(mask []uint64, slot int32)    { mask[slot>>6] &^= 1 << (slot & 63) }

// dominates reports whether whatever can follow b can follow a: both have the same first
// word, a must linearize no more, may use as much, and has used no more crashed operations. The
// operations that b used and a did not are optional for a.
func (l layout) dominates(a, b configuration) bool {
	if a[0] != b[0] {
		return false
	}
	for i := 1; i <= l.masks; i++ {
		if a[i]&^b[i] != 0 || b[i+l.masks]&^a[i+l.masks] != 0 {
			return false
		}
	}
	usedA, usedB := l.used(a), l.used(b)
	for i, guard := range l.guards {
		// With the guard set, no crashed class borrows from the next one.
		if ((usedB[i]|guard)-usedA[i])&guard != guard {
			return false
		}
	}
	return true
}
