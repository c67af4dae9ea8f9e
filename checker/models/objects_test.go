package models_test

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"senkei/history"
)

// The objects that the models specify, once more: with plain slices and maps, changed in
// copies. They share nothing with the models.

// object is one state.
type object interface {
	// after returns everything that can come of a request now, and nothing if it has to
	// wait.
	after(in history.Input) []outcome
}

type outcome struct {
	out  history.Output
	next object
}

func plainly(next object) []outcome { return []outcome{{next: next}} }

func says(v history.Value, next object) []outcome {
	return []outcome{{out: history.Output{Value: v}, next: next}}
}

// cell is a register, or a key of a store; "" is absent.
type cell struct{ v history.Value }

func (c cell) after(in history.Input) []outcome {
	switch in.F {
	case history.Read:
		return says(c.v, c)
	case history.Write:
		return plainly(cell{in.Value})
	case history.Delete:
		return plainly(cell{})
	case history.Append:
		if c.v != "" && c.v[0] != '"' {
			return nil
		}
		return plainly(cell{history.Value(`"` + strings.Trim(string(c.v), `"`) + strings.Trim(string(in.Value), `"`) + `"`)})
	}
	if c.v != in.Expect {
		return says(c.v, c)
	}
	return []outcome{{out: history.Output{Swapped: true}, next: cell{in.Value}}}
}

// revisionMax is beyond every revision and token of a small history, so that those nobody
// was told of always fit.
const revisionMax = 12

// versioned is a cell with the revision of its last change, also of a delete.
type versioned struct {
	cell
	revision uint64
}

func (v versioned) after(in history.Input) []outcome {
	var all []outcome
	for _, o := range v.cell.after(in) {
		reads := in.F == history.Read || in.F == history.CAS && !o.out.Swapped
		switch {
		case reads:
			all = append(all, outcome{out: o.out, next: v})
			if v.v != "" {
				o.out.Revision = v.revision
				all = append(all, outcome{out: o.out, next: v})
			}
		case in.F == history.Delete && v.v == "":
			for o.out.Revision = range uint64(revisionMax) {
				all = append(all, outcome{out: o.out, next: v})
			}
		default:
			for r := v.revision + 1; r <= revisionMax; r++ {
				next := versioned{o.next.(cell), r}
				all = append(all, outcome{out: o.out, next: next})
				o.out.Revision = r
				all = append(all, outcome{out: o.out, next: next})
				o.out.Revision = 0
			}
		}
	}
	return all
}

// numbered is a versioned cell that tells every revision.
type numbered struct{ versioned }

func (n numbered) after(in history.Input) []outcome {
	var all []outcome
	for _, o := range n.versioned.after(in) {
		if reads := in.F == history.Read || in.F == history.CAS && !o.out.Swapped; o.out.Revision > 0 || reads && o.out.Value == "" {
			all = append(all, outcome{out: o.out, next: numbered{o.next.(versioned)}})
		}
	}
	return all
}

type lock struct{ held bool }

func (l lock) after(in history.Input) []outcome {
	if (in.F == history.Acquire) == l.held {
		return nil
	}
	return plainly(lock{!l.held})
}

type fenced struct {
	held  bool
	token int
}

func (f fenced) after(in history.Input) []outcome {
	if (in.F == history.Acquire) == f.held {
		return nil
	}
	if in.F == history.Release {
		if in.Value != "" && string(in.Value) != strconv.Itoa(f.token) {
			return nil
		}
		return plainly(fenced{token: f.token})
	}
	var all []outcome
	for token := f.token + 1; token <= revisionMax; token++ {
		all = append(all, plainly(fenced{true, token})...)
		all = append(all, says(history.Value(strconv.Itoa(token)), fenced{true, token})...)
	}
	return all
}

type count int

func (c count) after(in history.Input) []outcome {
	if in.F == history.Read {
		all := says(history.Value(strconv.Itoa(int(c))), c)
		if c == 0 {
			all = append(all, says("", c)...)
		}
		return all
	}
	n, _ := strconv.Atoi(string(in.Value))
	return plainly(c + count(n))
}

// items are the elements of what has several.
type items []string

func (x items) text() history.Value { return history.Value("[" + strings.Join(x, ",") + "]") }

func (x items) with(v history.Value) items { return append(slices.Clone(x), string(v)) }

func (x items) without(i int) items { return slices.Delete(slices.Clone(x), i, i+1) }

// wholly says all of them, or nothing where that is the same.
func (x items) wholly(next object) []outcome {
	all := says(x.text(), next)
	if len(x) == 0 {
		all = append(all, says("", next)...)
	}
	return all
}

// grow is a set; its elements are kept sorted.
type grow struct{ items }

func (g grow) after(in history.Input) []outcome {
	if in.F == history.Read {
		return g.wholly(g)
	}
	if slices.Contains(g.items, string(in.Value)) {
		return plainly(g)
	}
	more := g.with(in.Value)
	sort.Strings(more)
	return plainly(grow{more})
}

type fifo struct{ items }

func (q fifo) after(in history.Input) []outcome {
	switch {
	case in.F == history.Enqueue:
		return plainly(fifo{q.with(in.Value)})
	case in.F == history.Drain:
		return q.wholly(fifo{})
	case len(q.items) == 0:
		return says("", q)
	default:
		return says(history.Value(q.items[0]), fifo{q.without(0)})
	}
}

// bag is an unordered queue; its elements are kept sorted.
type bag struct{ items }

func (b bag) after(in history.Input) []outcome {
	switch {
	case in.F == history.Enqueue:
		more := b.with(in.Value)
		sort.Strings(more)
		return plainly(bag{more})
	case in.F == history.Drain:
		return b.wholly(bag{})
	case len(b.items) == 0:
		return says("", b)
	}
	var all []outcome
	for i, v := range b.items {
		all = append(all, says(history.Value(v), bag{b.without(i)})...)
	}
	return all
}

type entries struct{ items }

func (l entries) after(in history.Input) []outcome {
	if in.F == history.Append {
		next := entries{l.with(in.Value)}
		return append(plainly(next), says(history.Value(strconv.Itoa(len(l.items))), next)...)
	}
	from, _ := strconv.Atoi(string(in.Value))
	if from >= len(l.items) {
		return says("[]", l)
	}
	var all []outcome
	for to := from + 1; to <= len(l.items); to++ {
		all = append(all, says(l.items[from:to].text(), l)...)
	}
	return all
}

type row struct{ items }

func (l row) after(in history.Input) []outcome {
	if in.F == history.Read {
		return l.wholly(l)
	}
	return plainly(row{l.with(in.Value)})
}

// table is a store of keys that hold a scalar or a list.
type table map[string]history.Value

func (t table) after(in history.Input) []outcome {
	next := table{}
	for k, v := range t {
		next[k] = v
	}
	var ms []history.Micro
	for m := range in.Value.Micros() {
		v := next[m.Key]
		switch {
		case m.F == history.Read:
			m.Value = v
		case m.F == history.Write:
			next[m.Key] = m.Value
		case v == "":
			next[m.Key] = "[" + m.Value + "]"
		case v[0] == '[':
			next[m.Key] = history.Value(strings.TrimSuffix(string(v), "]")) + "," + m.Value + "]"
		default:
			return nil
		}
		ms = append(ms, m)
	}
	return says(history.Transaction(ms...), next)
}
