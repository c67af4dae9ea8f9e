package models

import "senkei/history"

// origins tells which operations can have made a value what it is: those that stored it, and
// the appends of a text with which it ends.
type origins struct {
	stored  map[history.Value]int // how many stored it
	texts   map[string]appends
	lengths []int // of texts, in bytes, each once
}

// appends are those of one text.
type appends struct {
	n, last int // how many, and the position of the last one
}

func newOrigins(ops []history.Op) origins {
	o := origins{stored: map[history.Value]int{history.Absent: 1}, texts: map[string]appends{}}
	lengths := map[int]bool{}
	for i, op := range ops {
		switch v, ok := stores(op); {
		case op.Outcome == history.Failed:
		case op.In.F == history.Delete:
			o.stored[history.Absent]++
		case op.In.F == history.Append:
			text, _ := op.In.Value.Text()
			o.texts[text] = appends{n: o.texts[text].n + 1, last: i}
			if !lengths[len(text)] {
				lengths[len(text)] = true
				o.lengths = append(o.lengths, len(text))
			}
		case ok:
			o.stored[v]++
		}
	}
	return o
}

// of returns how many operations can have made v. If that is one append, it is the operation
// at a position, and before is what was there when it took effect; else the position is nowhere.
func (o origins) of(v history.Value) (n, position int, before history.Value) {
	n, position = o.stored[v], nowhere
	text, isText := v.Text()
	if !isText {
		return n, nowhere, history.Absent
	}
	for _, length := range o.lengths {
		if length > len(text) {
			continue
		}
		cut := len(text) - length
		if found := o.texts[text[cut:]]; found.n > 0 {
			n, position, before = n+found.n, found.last, history.Absent
			if cut > 0 {
				before = history.Text(text[:cut])
			}
		}
	}
	if n != 1 {
		return n, nowhere, history.Absent
	}
	return n, position, before
}
