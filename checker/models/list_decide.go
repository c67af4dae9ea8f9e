package models

import (
	"slices"
	"strings"

	"senkei/checker/model"
	"senkei/history"
)

// Decide applies where no value is appended twice. It takes O(n log n), and time linear in the
// text that the reads returned, of which each byte is compared once.
//
// Left out may be every read, and an append unless a read that stays returned its element.
//
// In a legal order each read returns a beginning of what every longer one returns (Kingsbury and
// Alvaro, "Elle", VLDB 2020, call such histories recoverable). So the longest read tells the
// order of the appends that it shows. An append of known outcome that it does not show comes
// after all reads, and one of unknown outcome need not have happened. That fixes the ranks: an
// even number for the append at a place, the next odd one for the reads that end with it. What
// is left is to compare pairs of operations, see crossed.
func (List) Decide(ops []history.Op) (model.Decision, bool) {
	l, applies := newListReads(ops)
	if !applies {
		return model.Decision{}, false
	}
	if wrong := l.learn(); wrong != nil {
		return *wrong, true
	}
	some := l.ranks()
	_, late, found := crossed(some)
	if !found {
		return model.Decision{Legal: true}, true
	}
	early := cheapest(some, late, func(r ranked) int {
		if ops[r.op].In.F == history.Append && ops[late.op].In.F == history.Read {
			return 0 // that costs no second read
		}
		return r.least
	})
	return l.membership().refute(early.op, late.op), true
}

// Order returns the order by rank. An append of unknown outcome stands in it if a read returned
// its element.
func (List) Order(ops []history.Op) []int {
	l, _ := newListReads(ops)
	l.learn()
	return inRankOrder(l.ranks())
}

// listReads is what reads tell of a list.
type listReads struct {
	ops     []history.Op
	appends map[history.Value]int // by element: the position of its append
	reads   []int                 // positions of those that told something
	versions
	places []int // by position: where in the list the append there stands, or nowhere
}

// newListReads returns false if a value was appended twice, or if ops are of another object.
func newListReads(ops []history.Op) (l *listReads, applies bool) {
	l = &listReads{ops: ops, appends: make(map[history.Value]int, count(ops, history.Append)), versions: versions{witness: nowhere}}
	for i := range ops {
		switch op := &ops[i]; {
		case op.Outcome == history.Failed:
		case op.In.F == history.Append:
			if _, again := l.appends[op.In.Value]; again {
				return l, false
			}
			l.appends[op.In.Value] = i
		case op.In.F != history.Read:
			return l, false
		case op.Outcome == history.OK:
			l.reads = append(l.reads, i)
		}
	}
	return l, true
}

// learn finds the longest read, and where its elements came from, and checks that it begins with
// what each other one returned.
func (l *listReads) learn() *model.Decision {
	for _, i := range l.reads {
		v := l.ops[i].Out.Value
		if v != history.Absent && !strings.HasPrefix(string(v), "[") {
			wrong := refuted([]int{i}, "a read returned %s, which is no list", v)
			return &wrong
		}
		l.consider(v, i)
	}
	l.places = slices.Repeat([]int{nowhere}, len(l.ops))
	for v := range l.longest.Elements() {
		if wrong := l.place(v, l.witness); wrong != nil {
			return wrong
		}
		l.places[l.appends[v]] = l.size()
		l.grow(v)
	}
	for _, i := range l.reads {
		if v := l.ops[i].Out.Value; !l.begins(v) {
			return l.disagree(v, i)
		}
	}
	return nil
}

// place says what is wrong with v as the next element of what a read returned, if anything is.
func (l *listReads) place(v history.Value, read int) *model.Decision {
	by, appended := l.appends[v]
	switch {
	case !appended:
		wrong := l.membership().refuted([]history.Value{v}, []int{read}, "a read returned %s, which nobody appended", v)
		return &wrong
	case l.places[by] != nowhere:
		wrong := l.membership().refuted([]history.Value{v}, []int{read}, "a read returned %s twice", v)
		return &wrong
	}
	return nil
}

// disagree explains that a read returned v, with which the longest one does not begin: at the
// first place where they differ, the elements are in one order here and in the other there.
func (l *listReads) disagree(v history.Value, read int) *model.Decision {
	at := 0
	for here := range v.Elements() {
		if there := l.at(at); here != there {
			if by, appended := l.appends[here]; !appended || l.places[by] != nowhere && l.places[by] < at {
				return l.place(here, read)
			}
			wrong := l.membership().refuted([]history.Value{here, there}, []int{read, l.witness},
				"two reads begin alike, but then one returned %s and the other one %s", here, there)
			return &wrong
		}
		at++
	}
	panic("models: two reads are said to differ that do not")
}

// ranks returns the operations with their ranks.
func (l *listReads) ranks() []ranked {
	some := make([]ranked, 0, len(l.ops))
	for i := range l.ops {
		op := &l.ops[i]
		r := ranked{op: i, invoke: op.Invoke, complete: endOf(*op)}
		switch {
		case op.Outcome == history.Failed || op.In.F == history.Read && !told(*op):
			continue
		case op.In.F == history.Read:
			r.least = 2*l.sizeOf(op.Out.Value) + 1
			r.most = r.least
		case l.places[i] != nowhere:
			r.least = 2 * (l.places[i] + 1)
			r.most = r.least
		case told(*op):
			r.least, r.most = 2*(l.size()+1), anyRank
		default:
			continue
		}
		some = append(some, r)
	}
	return some
}

func (l *listReads) membership() membership {
	return membership{ops: l.ops, added: "appended", adder: func(v history.Value) int {
		if by, appended := l.appends[v]; appended {
			return by
		}
		return nowhere
	}, shows: func(v history.Value) int {
		first := l.witness
		for _, i := range l.reads {
			if l.sizeOf(l.ops[i].Out.Value) > l.places[l.appends[v]] && l.ops[i].Complete < l.ops[first].Complete {
				first = i
			}
		}
		return first
	}}
}
