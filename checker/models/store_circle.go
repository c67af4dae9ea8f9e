package models

import (
	"fmt"
	"slices"
	"strings"

	"senkei/checker/model"
	"senkei/history"
)

// refuteCircle explains that things each come before the next one, and the last one before the
// first. The proof has the transactions among them, those that show that one of unknown outcome
// happened, and what shows which of two appends came first, within the elements by which they
// are tied.
func (l *storeLists) refuteCircle(circle []int32) model.Decision {
	var proof []int
	var parts, told []string
	take := func(key int32, v history.Value, witness int) {
		if v == history.Absent {
			return
		}
		d := l.refuted(key, []history.Value{v}, nil, "")
		proof, parts = append(proof, d.Proof...), append(parts, d.Parts...)
		if witness != nowhere {
			proof = append(proof, witness)
		}
	}
	for n, why := range l.reasons(circle) {
		from, to := circle[n], circle[(n+1)%len(circle)]
		for _, thing := range []int32{from, to} {
			if int(thing) < len(l.ops) {
				proof = append(proof, int(thing))
			}
		}
		if why.key != nowhere {
			take(why.key, why.shown, why.witness)
			take(why.key, why.missing, why.witness)
		}
		if text := l.tell(from, to, why); text != "" {
			told = append(told, text)
		}
	}
	for _, i := range slices.Clone(proof) {
		if l.ops[i].Outcome == history.Unknown {
			take(l.showing(i))
		}
	}
	d := refuted(proof, "%s", l.sentence(told))
	slices.Sort(parts)
	if d.Parts = slices.Compact(parts); len(parts) == 0 {
		d.Parts = nil
	}
	return d
}

// reasons returns why each thing of a circle comes before the next one.
func (l *storeLists) reasons(circle []int32) []reason {
	type pair struct{ before, after int32 }
	at := make(map[pair]int, len(circle))
	for n, thing := range circle {
		at[pair{thing, circle[(n+1)%len(circle)]}] = n
	}
	whys := make([]reason, len(circle))
	l.pairs(func(before, after int32, why reason) {
		if n, asked := at[pair{before, after}]; asked {
			whys[n] = why
			delete(at, pair{before, after})
		}
	})
	return whys
}

// showing returns an element that a transaction of unknown outcome appended and that was read,
// with a read that shows it.
func (l *storeLists) showing(op int) (key int32, v history.Value, witness int) {
	for key, k := range l.keys {
		if place := slices.Index(k.writers, int32(op)); place >= 0 {
			return int32(key), k.at(place), k.witness
		}
	}
	return 0, history.Absent, nowhere
}

// tell says why one thing comes before the next one; nothing where that is not worth a word.
func (l *storeLists) tell(from, to int32, why reason) string {
	who := func(thing int32) string { return "process " + l.ops[thing].Process.String() }
	n := int32(len(l.ops))
	switch {
	case why.key == nowhere && from < n:
		return who(from) + "'s had ended"
	case why.key == nowhere && to < n:
		return "before " + who(to) + "'s began"
	case why.key == nowhere:
		return ""
	}
	key := l.keys[why.key].name
	switch {
	case from == to:
		return fmt.Sprintf("%s's read %s from %s, which it appended itself only later", who(from), why.shown, key)
	case why.shown != "" && why.missing != "":
		return fmt.Sprintf("%s's appended %s to %s before %s's appended %s", who(from), why.shown, key, who(to), why.missing)
	case to < n && why.shown != "":
		return fmt.Sprintf("%s's read %s from %s, which %s's appended", who(to), why.shown, key, who(from))
	case from < n && to < n:
		return fmt.Sprintf("%s's read %s without %s, which %s's appended", who(from), key, why.missing, who(to))
	case from < n && why.shown == "":
		return fmt.Sprintf("%s's read %s", who(from), key)
	case from < n:
		return fmt.Sprintf("%s's appended %s to %s", who(from), why.shown, key)
	default:
		return fmt.Sprintf("without %s, which %s's appended", why.missing, who(to))
	}
}

// sentence says in one what ties some transactions.
func (l *storeLists) sentence(told []string) string {
	const most = 8
	if len(told) > most {
		told = append(told[:most:most], fmt.Sprintf("and so on, %d links in all", len(told)))
	}
	return "some transactions would each have to come before the next one, and the last one before the first: " + strings.Join(told, "; ")
}
