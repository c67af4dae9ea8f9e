package models

import (
	"cmp"
	"slices"

	"senkei/checker/model"
	"senkei/history"
)

// Decide applies where all keys are lists: only read and appended to, and no value is appended
// to one twice. What it finds wrong with the keys that are, of others as well, is wrong with the
// whole. It takes time linear in the text of the transactions, but for the sorting of their ends.
//
// Left out may be every transaction, unless it appends what one that stays read, see removable.
//
// A read of a list tells the order of the appends before it, see List.Decide. So what it found
// is known: it comes after the append of its last element, and before that of the next one. That
// gives pairs of transactions of which one must come before the other (Adya, "Weak consistency",
// 1999; Kingsbury and Alvaro, "Elle", VLDB 2020): those that appended to a key follow each other,
// reads stand between them, what no read shows comes after all reads, and what had ended comes
// before what began later. A transaction of unknown outcome of which nothing is seen need not
// have happened. There is a legal order if and only if no transaction precedes itself that way:
// in any order that keeps the pairs, each read finds what it returned.
func (Store) Decide(ops []history.Op) (model.Decision, bool) {
	l := newStoreLists(ops)
	if wrong := l.learn(); wrong != nil {
		return *wrong, true
	}
	p := newPrecedence(l.things(), func(yield func(before, after int32)) {
		l.pairs(func(before, after int32, _ reason) { yield(before, after) })
	})
	order, waits := p.order()
	if len(order) < l.things() {
		return l.refuteCircle(p.circle(waits, int32(len(ops)))), true
	}
	return model.Decision{Legal: true}, l.whole
}

// Order returns an order that keeps all pairs. A transaction of unknown outcome stands in it if
// something that it appended was read.
func (Store) Order(ops []history.Op) []int {
	l := newStoreLists(ops)
	l.learn()
	p := newPrecedence(l.things(), func(yield func(before, after int32)) {
		l.pairs(func(before, after int32, _ reason) { yield(before, after) })
	})
	all, _ := p.order()
	var order []int
	for _, thing := range all {
		if int(thing) < len(ops) && l.happened[thing] {
			order = append(order, int(thing))
		}
	}
	return order
}

// things is how many there are to put in order: the transactions, by position; for each key the
// moment after which nobody reads it; and the ends of transactions, by position.
func (l *storeLists) things() int { return len(l.ops) + len(l.keys) + len(l.ends) }

// reason is why one transaction must come before another one.
type reason struct {
	key     int32         // nowhere: it had ended before the other one began
	shown   history.Value // an element that is read, of what comes before
	missing history.Value // one that is not, or only later, of what comes after
	witness int           // position of a read that shows it, nowhere where the two suffice
}

// pairs yields what must come before what.
func (l *storeLists) pairs(yield func(before, after int32, why reason)) {
	for _, r := range l.reads {
		k, op := l.keys[r.key], int32(r.op)
		if r.found > 0 {
			yield(k.writer(r.found-1), op, reason{key: r.key, shown: k.at(r.found - 1), witness: nowhere})
		}
		if r.found == k.size() {
			yield(op, l.readers(r.key), reason{key: r.key, witness: nowhere})
		} else if next := k.writer(r.found); next != op {
			yield(op, next, reason{key: r.key, missing: k.at(r.found), witness: nowhere})
		}
	}
	for key, k := range l.keys {
		for place := range k.size() {
			here, why := k.writer(place), reason{key: int32(key), shown: k.at(place), witness: k.witness}
			if place+1 == k.size() {
				yield(here, l.readers(int32(key)), why)
			} else if next := k.writer(place + 1); next != here {
				why.missing = k.at(place + 1)
				yield(here, next, why)
			}
		}
		for _, a := range k.unseen {
			if l.happened[a.op] {
				yield(l.readers(int32(key)), a.op, reason{key: int32(key), missing: a.value, witness: nowhere})
			}
		}
	}
	l.realTime(yield)
}

// readers stands for all that read a key.
func (l *storeLists) readers(key int32) int32 { return int32(len(l.ops)) + key }

// realTime yields that what had ended comes before what began later, by way of the ends, each of
// which comes before the next one.
func (l *storeLists) realTime(yield func(before, after int32, why reason)) {
	first, why := int32(len(l.ops)+len(l.keys)), reason{key: nowhere, witness: nowhere}
	for i, end := range l.ends {
		yield(end.index, first+int32(i), why)
		if i > 0 {
			yield(first+int32(i)-1, first+int32(i), why)
		}
	}
	ended := 0
	for i := range l.ops {
		for ; ended < len(l.ends) && l.ends[ended].complete < l.ops[i].Invoke; ended++ {
		}
		if ended > 0 && l.happened[i] {
			yield(first+int32(ended)-1, int32(i), why)
		}
	}
}

// sortEnds gathers the ends of the transactions.
func (l *storeLists) sortEnds() {
	for i := range l.ops {
		if told(l.ops[i]) {
			l.ends = append(l.ends, end{l.ops[i].Complete, int32(i)})
		}
	}
	slices.SortFunc(l.ends, func(a, b end) int { return cmp.Compare(a.complete, b.complete) })
}
