package edn

import (
	"slices"

	"senkei/history"
	"senkei/history/edn/form"
)

// layout says what the values of a file's operations are.
type layout uint8

const (
	unknown layout = iota
	bare           // the value itself
	pairs          // [key value], as jepsen.independent writes it
)

// suggests finds out from one invocation. [1 2] as the value of a write, an add, an enqueue or
// an append may be a key and a value, or one value; it leaves the question open.
func (p parsed) suggests() layout {
	if p.Type != "invoke" {
		return unknown
	}
	v := p.value.Untagged()
	twin := v.Kind == form.List && len(v.Items) == 2
	switch f := history.Func(p.F); {
	case isMicros(v):
		return bare
	case !twin:
		if f == history.CAS { // [1 2], or [key [1 2]]
			return unknown
		}
		return bare
	case isMicros(v.Items[1]), f != history.CAS && f != history.Txn && v.Items[1].Kind == form.Nil:
		return pairs
	case f == history.CAS && v.Items[1].Kind == form.List && len(v.Items[1].Items) == 2:
		return pairs
	case f == history.CAS:
		return bare
	default:
		return unknown
	}
}

// isMicros reports whether a form is the operations of a transaction.
func isMicros(f form.Form) bool {
	f = f.Untagged()
	for _, item := range f.Items {
		item = item.Untagged()
		if item.Kind != form.List || len(item.Items) != 3 || !slices.Contains(microNames, item.Items[0].Text) || item.Items[0].Kind != form.Keyword && item.Items[0].Kind != form.Text {
			return false
		}
	}
	return f.Kind == form.List && len(f.Items) > 0
}

var microNames = []string{"r", "w", "append", "read", "write"}

// unkey takes the key off a value, if values have one, and leaves it in p.
func (l layout) unkey(p *parsed) (form.Form, error) {
	v := p.value.Untagged()
	if l != pairs {
		return v, nil
	}
	if v.Kind != form.List || len(v.Items) != 2 {
		return v, history.Wrong(p.line, "the value %s is no pair of a key and a value, as those of other operations are; write [key value] everywhere or nowhere", shown(v))
	}
	var err error
	p.Key, err = toKey(v.Items[0])
	return v.Items[1], err
}

// unclear says so if the layout was needed and no operation told it.
func (d *decoder) unclear() error {
	for _, p := range d.waiting {
		if p.Type == "invoke" && !p.isOther() {
			return history.Wrong(p.line, "the value %s may be a key and a value, as jepsen.independent writes them, or one value; in the first case pass --keyed", shown(p.value))
		}
	}
	return nil
}
