package search

// A configuration is one way in which a search may stand at an event of a timeline: the
// state, and what became of each open operation. It is a list of words:
//
//   - the number of the state in the low half of the first word; the high half is for the
//     search;
//   - owed, a bit for each slot: the operation has not taken effect, and must before it ends;
//   - usable, a bit for each slot: the operation may take effect from here on;
//   - for each lane, how many of its operations have taken effect.
//
// A new operation is owed and usable; one that took effect, neither. One that overwrites
// can also be usable without being owed: another one has overwritten the state since it
// began, so that it may have taken effect just before that, where nobody could tell. Then
// it need not take effect visibly, but it may. What only observes is never usable: it
// takes effect by itself as soon as a state allows it, which does no harm.
type configuration []uint64

// layout is how the words of a configuration are divided.
type layout struct {
	masks  int      // words of owed, and of usable
	lanes  int      // words of lanes
	guards []uint64 // by word of lanes: the highest bit of each lane
}

func (t *Timeline) layout() layout {
	l := layout{masks: (t.slots + 63) / 64}
	if n := len(t.endless); n > 0 {
		l.lanes = t.endless[n-1].word + 1
		l.guards = make([]uint64, l.lanes)
		for _, e := range t.endless {
			l.guards[e.word] |= 1 << (e.shift + e.width - 1)
		}
	}
	return l
}

func (l layout) words() int { return 1 + 2*l.masks + l.lanes }

func (l layout) owed(c configuration) []uint64   { return c[1 : 1+l.masks] }
func (l layout) usable(c configuration) []uint64 { return c[1+l.masks : 1+2*l.masks] }
func (l layout) used(c configuration) []uint64   { return c[1+2*l.masks:] }

func (c configuration) state() int32 { return int32(uint32(c[0])) }

func (c configuration) setState(s int32) { c[0] = c[0]>>32<<32 | uint64(uint32(s)) }

func has(mask []uint64, slot int32) bool { return mask[slot>>6]>>(slot&63)&1 == 1 }
func set(mask []uint64, slot int32)      { mask[slot>>6] |= 1 << (slot & 63) }
func unset(mask []uint64, slot int32)    { mask[slot>>6] &^= 1 << (slot & 63) }

// dominates reports whether whatever can follow b can follow a: both have the same first
// word, a owes no more, may use as much, and has used no more endless operations. The
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
		// With the guard set, no lane borrows from the next one.
		if ((usedB[i]|guard)-usedA[i])&guard != guard {
			return false
		}
	}
	return true
}
