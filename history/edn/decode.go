// Package edn reads and writes histories as Jepsen does: one map an event, in Clojure's
// notation, with the functions of its workloads for registers, multi-registers, mutexes,
// sets, queues and list-append, with keyed values as jepsen.independent writes them, and
// with the nemesis. It guesses nothing: what can mean two things is an error that says so.
// Start at Decode and Encode.
package edn

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"senkei/history"
	"senkei/history/edn/form"
)

// Options say what a file cannot say itself.
type Options struct {
	// Keyed means that the value of each operation is a pair of a key and a value, as
	// jepsen.independent writes it. Without it, Decode finds out from operations that leave
	// no doubt, such as a read that asks for nil or for [3 nil].
	Keyed bool
}

// Decode reads a history, one map after another or all in one list. What is wrong with it is
// a *history.LineError. The events follow the rules of history.Assembler; of a fail and of an
// info only their type and their error count.
//
// A keyword that is a key or a value becomes a text that begins with its colon, and a number
// that is a key becomes its digits. A set becomes a list.
func Decode(r io.Reader, o Options) (history.History, error) {
	d := decoder{events: history.NewAssembler(), nemesis: newNemesis()}
	if o.Keyed {
		d.values = pairs
	}
	forms := form.NewReader(r)
	for {
		f, err := forms.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = d.add(f.Untagged())
		}
		if err != nil {
			return history.History{}, err
		}
	}
	if err := d.unclear(); err != nil {
		return history.History{}, err
	}
	if err := d.flush(); err != nil {
		return history.History{}, err
	}
	return d.events.History(), nil
}

type decoder struct {
	events  *history.Assembler
	nemesis *nemesis
	values  layout
	waiting []parsed // until values is known
}

// parsed is an event whose value has not been read.
type parsed struct {
	history.Event
	value, observed, result form.Form
	line                    int
}

func (d *decoder) add(f form.Form) error {
	p, err := parse(f)
	if err != nil {
		return err
	}
	if *p.Process < 0 {
		d.nemesis.see(&p)
	} else if d.values == unknown {
		d.values = p.suggests()
	}
	d.waiting = append(d.waiting, p)
	if d.values == unknown {
		return nil
	}
	return d.flush()
}

// flush takes in the events that waited.
func (d *decoder) flush() error {
	for _, p := range d.waiting {
		if err := d.finish(p); err != nil {
			return err
		}
	}
	d.waiting = d.waiting[:0]
	return nil
}

// finish reads the value of a client's event, now that its layout is known.
func (d *decoder) finish(p parsed) error {
	if *p.Process < 0 {
		return d.events.Add(p.line, p.Event)
	}
	var err error
	if p.Type == "invoke" || p.Type == "ok" {
		if p.value, err = d.values.unkey(&p); err != nil {
			return err
		}
		read := toJSON
		if history.Func(p.F) == history.Txn {
			read = toTransaction
		}
		if p.value.Line > 0 {
			if p.Value, err = read(p.value); err != nil {
				return err
			}
		}
	}
	for _, extra := range []struct {
		f  form.Form
		to *json.RawMessage
	}{{p.observed, &p.Observed}, {p.result, &p.Result}} {
		if extra.f.Line > 0 {
			if *extra.to, err = toJSON(extra.f); err != nil {
				return err
			}
		}
	}
	return d.events.Add(p.line, p.Event)
}

// parse reads an event but for its values.
func parse(f form.Form) (p parsed, err error) {
	p.line = f.Line
	if f.Kind != form.Map {
		return p, history.Wrong(f.Line, "%s where a map should be; write one event as a map, or delete it", f.Kind)
	}
	get := func(name string, read func(form.Form) error) {
		if v, ok := f.Get(name); ok && v.Kind != form.Nil && err == nil {
			if wrong := read(v); wrong != nil {
				err = history.Wrong(v.Line, ":%s is %s; %v", name, shown(v), wrong)
			}
		}
	}
	get("process", func(v form.Form) error { return p.process(v) })
	get("type", func(v form.Form) error { return name(v, &p.Type) })
	get("f", func(v form.Form) error { return name(v, &p.F) })
	get("time", func(v form.Form) error { return whole(v, &p.Time) })
	get("index", func(v form.Form) error {
		p.Index = new(int)
		return whole(v, p.Index)
	})
	get("fault", func(v form.Form) error {
		p.Fault = new(int)
		return whole(v, p.Fault)
	})
	get("revision", func(v form.Form) error { return whole(v, &p.Revision) })
	get("phase", func(v form.Form) error { return name(v, &p.Phase) })
	get("text", func(v form.Form) error { return name(v, &p.Text) })
	get("node", func(v form.Form) error { return name(v, (*string)(&p.Node)) })
	get("error", func(v form.Form) error {
		if p.Error = v.String(); v.Kind == form.Text {
			p.Error = v.Text
		}
		return nil
	})
	get("monitor", func(form.Form) error { return p.asMonitor(f) })
	p.value, _ = f.Get("value")
	p.observed, _ = f.Get("observed")
	p.result, _ = f.Get("result")
	if err == nil && p.Process == nil {
		err = history.Wrong(f.Line, ":process is missing; write a client's number or :nemesis")
	}
	return p, err
}

func (p *parsed) process(v form.Form) error {
	who := history.Nemesis
	if v.Kind != form.Keyword || v.Text != "nemesis" {
		var n int32
		if err := whole(v, &n); err != nil || n < 0 {
			return errors.New("write a client's number, from 0 to 2147483647, or :nemesis")
		}
		who = history.Process(n)
	}
	p.Process = &who
	return nil
}

// asMonitor makes an event of the monitor, which Encode writes as one of the nemesis, into
// that again.
func (p *parsed) asMonitor(f form.Form) error {
	who := history.Monitor
	p.Process = &who
	term, _ := f.Get("value")
	p.Value = json.RawMessage(term.Text)
	return nil
}

// name reads a word: a keyword, a string or a symbol.
func name(v form.Form, to *string) error {
	switch v.Kind {
	case form.Keyword, form.Text, form.Other:
		*to = v.Text
		return nil
	default:
		return errors.New("write a keyword or a string")
	}
}

// whole reads a whole number that fits.
func whole[N int | int32 | int64 | uint64](v form.Form, to *N) error {
	n, err := strconv.ParseInt(v.Text, 10, 64)
	*to = N(n)
	if v.Kind != form.Number || err != nil || int64(*to) != n || n < 0 {
		return errors.New("write a whole number that is not negative")
	}
	return nil
}
