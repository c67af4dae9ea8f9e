package models

import (
	"math"

	"senkei/checker/model"
	"senkei/history"
)

// Decide applies if no entry was appended twice. It takes O(n log n), and time linear in
// what the polls returned.
//
// An append of known outcome tells an offset, if it returned one, and a poll those of the
// entries that it returned. Left out may be every poll, and an append if something tells an
// offset of its entry that is above all those that the operations that stay tell, or if it
// began after all of these had ended. (So it only moves entries of which nothing is told.)
//
// The offset of an entry is told by its append, or by a poll that returned it. So the
// appends rank by offset; a poll that returned entries comes after the last of them, and one
// that returned none comes before the entry at its offset. That leaves nothing but pairs of
// operations to look at, see crossed.
//
// Where no operation tells what is at an offset below one that is told, appends of unknown
// outcome must have filled it. They never end, so that only their beginnings matter: the
// lower the offset, the less may have ended before the append at it began. So the first
// of these appends goes to the first of these offsets, and so on. All others never happened.
//
// Appends that are known to have happened, but not where, follow all others. The decision
// does not apply where such appends might also fill an offset, or where a poll that returned
// nothing says how many of them there can have been by then.
func (Log) Decide(ops []history.Op) (model.Decision, bool) {
	l := newLogOffsets(ops)
	if l == nil {
		return model.Decision{}, false
	}
	for i, op := range ops {
		if !told(op) {
			continue
		}
		if wrong := l.learn(i, op); wrong != nil {
			return *wrong, true
		}
	}
	some, clear := l.ranks(l.fill())
	if _, late, found := crossed(some); found {
		early := cheapest(some, late, func(r ranked) int {
			if ops[r.op].In.F == history.Append && !l.shown(r.op) {
				return anyRank - 1 // that leaves no proof but all operations
			}
			return r.least
		})
		return l.refute(early.op, late.op), true
	}
	return model.Decision{Legal: true}, clear && !l.ambiguous
}

// Order returns the order by rank. An append of unknown outcome stands in it if something
// tells its offset, or if it fills one of which nothing is told.
func (Log) Order(ops []history.Op) []int {
	l := newLogOffsets(ops)
	for i, op := range ops {
		if told(op) {
			l.learn(i, op)
		}
	}
	some, _ := l.ranks(l.fill())
	return inRankOrder(some)
}

// logOffsets is what the operations tell of the offsets of entries.
type logOffsets struct {
	ops     []history.Op
	appends map[history.Value]int // by entry: the position of its append
	entries []history.Value       // by offset; Absent where it is not told
	witness []int                 // by offset: the position of the operation that told it
	placeOf []int                 // by position in the history: the offset of the append there, or nowhere
	filled  []bool                // by position in the history: the append there was given its offset by no operation
	length  int                   // one more than the highest offset that is told
	// ambiguous is whether appends that are known to have happened may be at an offset below
	// length of which nothing is told.
	ambiguous bool
}

const nowhere = -1

// newLogOffsets returns nil if the decision does not apply.
func newLogOffsets(ops []history.Op) *logOffsets {
	l := &logOffsets{ops: ops, appends: make(map[history.Value]int, count(ops, history.Append)), filled: make([]bool, len(ops)), placeOf: make([]int, len(ops))}
	for i, op := range ops {
		l.placeOf[i] = nowhere
		if op.Outcome == history.Failed || op.In.F == history.Poll {
			continue
		}
		if _, again := l.appends[op.In.Value]; again || op.In.F != history.Append {
			return nil
		}
		l.appends[op.In.Value] = i
	}
	l.entries = make([]history.Value, len(l.appends))
	l.witness = make([]int, len(l.appends))
	return l
}

// learn notes what an operation with a known result tells.
func (l *logOffsets) learn(i int, op history.Op) *model.Decision {
	if op.In.F == history.Append {
		if op.Out.Value == history.Absent {
			return nil
		}
		offset, ok := whole(op.Out.Value, math.MaxInt64)
		if !ok || offset < 0 {
			wrong := refuted(l.complete([]int{i}), "an append was given offset %s", op.Out.Value)
			return &wrong
		}
		return l.place(i, offset, op.In.Value)
	}
	offset, _ := whole(op.In.Value, math.MaxInt64)
	for v := range op.Out.Value.Elements() {
		if wrong := l.place(i, offset, v); wrong != nil {
			return wrong
		}
		offset++
	}
	return nil
}

// place notes that the operation at position i told that v is at an offset.
func (l *logOffsets) place(i int, offset int64, v history.Value) *model.Decision {
	if offset < int64(len(l.entries)) && l.entries[offset] == v && v != history.Absent {
		return nil
	}
	by, appended := l.appends[v]
	var wrong model.Decision
	switch {
	case !appended:
		wrong = refuted(l.complete([]int{i}), "a poll returned %s, which nobody appended", v)
	case offset >= int64(len(l.entries)):
		wrong = refuted(nil, "%s is said to be at offset %d, but only %d entries can have been appended", v, offset, len(l.entries))
	case l.placeOf[by] != nowhere:
		wrong = refuted(l.complete([]int{i, l.witness[l.placeOf[by]], by}), "%s is said to be at offset %d and at offset %d", v, l.placeOf[by], offset)
	case l.entries[offset] != history.Absent:
		wrong = refuted(l.complete([]int{i, l.witness[offset]}), "offset %d is said to hold %s and %s", offset, l.entries[offset], v)
	default:
		l.entries[offset], l.witness[offset], l.placeOf[by] = v, i, int(offset)
		l.length = max(l.length, int(offset)+1)
		return nil
	}
	return &wrong
}

// fill gives the appends of unknown outcome to the offsets of which nothing is told, unless
// that is ambiguous. It returns how many appends are known to have happened, but not where.
func (l *logOffsets) fill() (tail int) {
	lost, last := l.unplaced()
	holes := l.holes()
	if l.ambiguous = len(last) > 0 && len(holes) > 0; l.ambiguous {
		return len(last)
	}
	for k, offset := range holes { // there are as many lost ones, because length is at most the number of appends
		l.filled[lost[k]], l.placeOf[lost[k]] = true, offset
	}
	return len(last)
}

// unplaced returns the appends whose offset is not told, by Invoke: those of unknown outcome
// and those that are known to have happened.
func (l *logOffsets) unplaced() (lost, tail []int) {
	for i, op := range l.ops {
		switch {
		case op.In.F != history.Append || op.Outcome == history.Failed || l.placeOf[i] != nowhere:
		case told(op):
			tail = append(tail, i)
		default:
			lost = append(lost, i)
		}
	}
	return lost, tail
}

// holes returns the offsets below the highest one told of which nothing is told.
func (l *logOffsets) holes() []int {
	var holes []int
	for offset, v := range l.entries[:l.length] {
		if v == history.Absent {
			holes = append(holes, offset)
		}
	}
	return holes
}

// ranks returns the operations with their ranks: an odd number for the append at an offset,
// the even ones before and after it for the polls. clear is false if a poll that returned
// nothing counts appends whose offset is not told, of which there are so many.
func (l *logOffsets) ranks(tail int) (some []ranked, clear bool) {
	clear, some = true, make([]ranked, 0, len(l.ops))
	for i, op := range l.ops {
		r := ranked{op: i, invoke: op.Invoke, complete: endOf(op), most: anyRank}
		switch {
		case op.Outcome == history.Failed:
			continue
		case op.In.F == history.Append && l.placeOf[i] != nowhere:
			r.least = 2*l.placeOf[i] + 1
			r.most = r.least
		case !told(op) || op.In.F == history.Append && l.ambiguous:
			continue
		case op.In.F == history.Append:
			r.least = 2*l.length + 1
		default:
			offset, _ := whole(op.In.Value, math.MaxInt64)
			end := offset
			for range op.Out.Value.Elements() {
				end++
			}
			switch {
			case end > offset:
				r.least = int(2 * end)
			case offset <= int64(l.length):
				r.most = int(2 * offset)
			default: // it may come at any time, if there never were so many entries
				clear = clear && offset >= int64(l.length+tail)
			}
		}
		some = append(some, r)
	}
	return some, clear
}

// refute explains two operations that crossed.
func (l *logOffsets) refute(early, late int) model.Decision {
	proof := []int{early, late}
	for _, i := range []int{early, late} {
		if l.ops[i].In.F != history.Append {
			continue
		}
		if !l.shown(i) {
			proof = nil // that it was there, or came last, follows from all the others
			break
		}
		if _, tells := highest(l.ops[i]); !tells {
			proof = append(proof, l.witness[l.placeOf[i]])
		}
	}
	if proof != nil {
		proof = l.complete(proof)
	}
	x, y := l.ops[early], l.ops[late]
	switch {
	case x.In.F == history.Append && y.In.F == history.Append:
		return refuted(proof, "%s was appended after %s had been, but is before it in the log", y.In.Value, x.In.Value)
	case y.In.F == history.Append:
		return refuted(proof, "a poll returned entries up to the offset of %s, or beyond, before the append of that began", y.In.Value)
	case x.In.F == history.Append:
		return refuted(proof, "a poll from offset %s returned nothing, but %s had been appended there or beyond", y.In.Value, x.In.Value)
	default:
		return refuted(proof, "a poll from offset %s returned nothing, but another one had returned what was there", y.In.Value)
	}
}
