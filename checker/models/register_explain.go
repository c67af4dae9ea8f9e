package models

import (
	"fmt"
	"slices"

	"senkei/history"
)

// Explain knows results that no register can give: a compare-and-set refused although it
// found what it expected, a value that was not there to be found, two compare-and-sets
// that replaced the same value, and a value that had been overwritten.
func (Register) Explain(ops, core []history.Op, culprit history.Op) []string {
	found, ok := saw(culprit)
	if !ok {
		return nil
	}
	t := explanation{ops: ops, core: core, culprit: culprit, found: found}
	for _, explain := range []func() []string{t.wronglyRefused, t.neverStored, t.lostUpdate, t.overwritten} {
		if sentences := explain(); sentences != nil {
			return sentences
		}
	}
	return nil
}

// explanation is one violation.
type explanation struct {
	ops, core []history.Op
	culprit   history.Op
	found     history.Value // by the culprit
}

// claim says what the result of op says of the value v that it found.
func claim(op history.Op, v history.Value) string {
	subject := op.Subject()
	switch {
	case op.Out.Swapped:
		return fmt.Sprintf("%s replaced %s", subject, v)
	case op.In.F == history.CAS:
		return fmt.Sprintf("%s was refused because it found %s", subject, v)
	default:
		return fmt.Sprintf("%s returned %s", subject, v)
	}
}

func (t explanation) wronglyRefused() []string {
	c := t.culprit
	if c.In.F != history.CAS || c.Out.Swapped || t.found != c.In.Expect {
		return nil
	}
	return []string{history.Sentence(fmt.Sprintf("%s from %s to %s was refused although it found %s, which is what it expected",
		c.Subject(), c.In.Expect, c.In.Value, t.found))}
}

// neverStored tells of a value that nobody had begun to store when the culprit ended,
// although an operation of the core found it. That need not be the culprit: it may be
// what the culprit turned out not to have stored.
func (t explanation) neverStored() []string {
	for _, op := range append([]history.Op{t.culprit}, t.core...) {
		v, ok := saw(op)
		if ok && v != history.Absent && t.timesStored(v) == 0 {
			return []string{history.Sentence(claim(op, v) + t.whyNot(op, v))}
		}
	}
	return nil
}

// whyNot says what became of the attempts to store v, which finder found.
func (t explanation) whyNot(finder history.Op, v history.Value) string {
	for _, op := range t.ops {
		if op.In.F == history.Read || op.In.Value != v {
			continue
		}
		_, stored := stores(op)
		switch {
		case stored: // but it began after the culprit had ended
			return fmt.Sprintf(" before anyone had asked to store it: %s began %s the %s had ended",
				op.Request(), history.Lapse(op.Start-finder.End, "after"), finder.In.F.Noun())
		case op.ID == finder.ID:
			return fmt.Sprintf(", which nobody had stored: the %s was to store it itself", op.In.F.Noun())
		case op.Outcome == history.Failed:
			return fmt.Sprintf(", which nobody had stored: %s failed, and was reported to have had no effect", op.Request())
		default:
			return fmt.Sprintf(", which nobody had stored: %s was refused because it found %s", op.Request(), op.Out.Value)
		}
	}
	return ", which nobody ever asked to store" + t.lastAsked(finder) + " (an object begins empty, unless --initial says with what)"
}

// lastAsked names the last request to store anything that began before finder ended, which may
// be of a value that differs in one digit only.
func (t explanation) lastAsked(finder history.Op) string {
	for _, op := range slices.Backward(t.ops) {
		if op.In.Value != history.Absent && op.Invoke < finder.Complete && op.ID != finder.ID {
			return "; the last request to store was " + op.Request()
		}
	}
	return ""
}

// lostUpdate tells of two compare-and-sets that replaced a value which was stored once.
func (t explanation) lostUpdate() []string {
	if !t.culprit.Out.Swapped || !t.onlyOnce(t.found) {
		return nil
	}
	for _, op := range t.core {
		if v, ok := saw(op); ok && op.Out.Swapped && v == t.found && op.ID != t.culprit.ID {
			return []string{
				history.Sentence(fmt.Sprintf("%s by %s, but %s had replaced the same %s",
					claim(t.culprit, t.found), t.culprit.In.Value, op.Request(), t.found)),
				t.once(),
			}
		}
	}
	return nil
}

func (t explanation) once() string {
	if t.found == history.Absent {
		return "Nothing ever removed the value, so at most one compare-and-set can have found nothing."
	}
	return fmt.Sprintf("%s was stored only once, so at most one compare-and-set can have replaced it.", t.found)
}

// overwritten tells of a value that another one had replaced before the culprit began.
//
// The proof: where everything that may have stored found had ended before the witness
// began, and the witness left something else, nothing brought found back before the culprit
// began. Else, found was in the register, for the last time because it is stored at most
// once, when some operation that ended at `there` took effect (or from the beginning, if
// found is Absent). The witness, which ended before the culprit began, left another value
// u. If the witness itself began after `there`, or if u is stored once and something that
// stores or finds u began after `there`, then u came after found. So found was gone for
// ever when the culprit began.
func (t explanation) overwritten() []string {
	var witness *history.Op
	for i, op := range t.core {
		u, ok := left(op)
		if ok && u != history.Absent && u != t.found && op.Complete < t.culprit.Invoke && better(op, witness) &&
			(t.onlyOnce(t.found) && t.follows(op, u) || t.storedBefore(op)) {
			witness = &t.core[i]
		}
	}
	if witness == nil {
		return nil
	}
	return t.overwrittenBy(*witness)
}

// better prefers what stored the newer value over what only found it, and then the later.
func better(op history.Op, than *history.Op) bool {
	if than == nil {
		return true
	}
	_, stored := stores(op)
	if _, other := stores(*than); stored != other {
		return stored
	}
	return op.Complete > than.Complete
}

// storedBefore reports whether everything that may have stored found by the time the culprit
// ended had ended before the witness began.
func (t explanation) storedBefore(witness history.Op) bool {
	for _, op := range t.ops {
		v, ok := stores(op)
		if ok && v == t.found && op.Invoke < t.culprit.Complete && (op.Outcome != history.OK || op.Complete > witness.Invoke) {
			return false
		}
	}
	return t.found != history.Absent
}

// follows reports whether the value u that the witness left came after found.
func (t explanation) follows(witness history.Op, u history.Value) bool {
	if v, ok := saw(witness); t.found == history.Absent || ok && v == t.found {
		return true // a compare-and-set from found
	}
	there := history.Never
	for _, op := range t.core {
		v, ok := saw(op)
		w, okToo := left(op)
		if ok && v == t.found || okToo && w == t.found {
			there = min(there, op.Complete)
		}
	}
	if witness.Invoke > there {
		return true
	}
	for _, op := range t.core {
		v, ok := saw(op)
		w, okToo := stores(op)
		if (ok && v == u || okToo && w == u) && op.Invoke > there && op.ID != t.culprit.ID && t.onlyOnce(u) {
			return true
		}
	}
	return false
}

func (t explanation) overwrittenBy(w history.Op) []string {
	newer, _ := left(w)
	lapse := history.Lapse(t.culprit.Start-w.End, "before")
	event := ""
	switch _, stored := stores(w); {
	case stored:
		event = fmt.Sprintf("%s was acknowledged %s", w.Request(), lapse)
	case w.In.F == history.Read:
		event = fmt.Sprintf("%s had returned %s already, %s", w.Request(), newer, lapse)
	default:
		event = fmt.Sprintf("%s had been refused because it found %s, %s", w.Request(), newer, lapse)
	}
	was := ", which had been overwritten: "
	if t.found == history.Absent {
		was = " although a value had been stored: "
	}
	verb := "return"
	if t.culprit.In.F == history.CAS {
		verb = "find"
	}
	return []string{
		history.Sentence(fmt.Sprintf("%s%s%s the %s began", claim(t.culprit, t.found), was, event, t.culprit.In.F.Noun())),
		fmt.Sprintf("A linearizable %s had to %s %s or something newer.", t.culprit.In.F.Noun(), verb, newer),
	}
}

// left returns what the register held right after op, if its result says.
func left(op history.Op) (history.Value, bool) {
	if v, ok := stores(op); ok {
		return v, op.Outcome == history.OK
	}
	return saw(op)
}

// timesStored counts the operations that may have stored v by the time the culprit ended.
func (t explanation) timesStored(v history.Value) int {
	n := 0
	for i := range t.ops { // an operation is too large to copy it just for a look
		if op := &t.ops[i]; op.In.Value != v || op.Invoke > t.culprit.Complete {
			continue
		}
		if _, ok := stores(t.ops[i]); ok {
			n++
		}
	}
	return n
}

// onlyOnce reports whether v came into the register at most once: by one operation or, if
// it is Absent, at the beginning.
func (t explanation) onlyOnce(v history.Value) bool {
	return v == history.Absent || t.timesStored(v) == 1
}
