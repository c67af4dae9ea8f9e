package edn

import (
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
// an append may be a key and a value, or, in somebody's eyes, one value; it leaves the
// question open.
func (p parsed) suggests() layout {
	if p.Type != "invoke" {
		return unknown
	}
	v := p.value.Untagged()
	twin := v.Kind == form.List && len(v.Items) == 2
	switch history.Func(p.F) {
	case history.Txn: // [[:r 1 nil] …], or [key [[:r 1 nil] …]]
		if twin && v.Items[0].Kind != form.List && v.Items[1].Kind == form.List {
			return pairs
		}
		return bare
	case history.CAS: // [1 2], or [key [1 2]]
		if twin && v.Items[1].Kind != form.List {
			return bare
		}
		return pairs
	case history.Write, history.Append, history.Add, history.Enqueue, history.Poll:
		if twin {
			return unknown
		}
		return bare
	default: // nil, or [key nil]
		if twin {
			return pairs
		}
		return bare
	}
}

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
	if p.Key, err = toKey(v.Items[0]); err == nil && p.Key == "" {
		err = history.Wrong(p.line, "the key is empty, which means that there is none; give it a name")
	}
	return v.Items[1], err
}

// unclear says so if the layout was needed and no operation told it.
func (d *decoder) unclear() error {
	for _, p := range d.waiting {
		if p.Type == "invoke" && *p.Process >= 0 {
			return history.Wrong(p.line, "the value %s may be a key and a value, as jepsen.independent writes them, or one value, for which there is no use here; in the first case pass --keyed", shown(p.value))
		}
	}
	return nil
}
