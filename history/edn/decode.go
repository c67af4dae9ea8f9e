// Package edn reads and writes histories as Jepsen does: one map an event, in Clojure's
// notation, with the functions of its workloads for registers, multi-registers, mutexes,
// sets, queues and list-append, with keyed values as jepsen.independent writes them, and
// with the nemesis. It guesses nothing: what can mean two things is an error that says so.
// Start at Decode and Encode.
package edn

import (
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
	history.Options
}

// Decode reads a history, one map after another or all in one list. What is wrong with it is
// a *history.LineError. The events follow the rules of history.Assembler; of a fail and of an
// info only their type and their error count. A map that is cut off at the end of the file is
// left out, and History.Notes say so.
//
// A keyword that is a key or a value becomes a text that begins with its colon.
func Decode(r io.Reader, o Options) (history.History, error) {
	d := newDecoder(o)
	err := history.ReadPieces(r, &form.Splitter{}, newPieceDecoder, func(p *history.Piece, b *batch) error {
		d.events.Reserve(len(b.parsed), len(p.Text))
		for i := range b.parsed {
			if err := d.add(b.parsed[i]); err != nil {
				return err
			}
		}
		if b.cut > 0 {
			d.events.Note("The file ends within what began on line %d: it is cut off and was left out.", b.cut)
		} else if p.Open && b.err == nil {
			d.events.Note("The file ends within the list of events: it is cut off.")
		}
		return b.err
	})
	if err != nil {
		return history.History{}, err
	}
	return d.end()
}

type decoder struct {
	events  *history.Assembler
	nemesis *nemesis
	values  layout
	waiting []parsed // until values is known
}

func newDecoder(o Options) *decoder {
	d := &decoder{events: history.NewAssembler(o.Options), nemesis: newNemesis()}
	if o.Keyed {
		d.values = pairs
	}
	return d
}

// parsed is an event whose value has not been read.
type parsed struct {
	history.Event
	value, observed, result form.Form
	line                    int
}

func (d *decoder) add(p parsed) error {
	if p.isOther() {
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

// isOther reports whether the event is none of a client.
func (p *parsed) isOther() bool { return p.Process != nil && *p.Process < 0 }

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

// end returns what was read.
func (d *decoder) end() (history.History, error) {
	if err := d.unclear(); err != nil {
		return history.History{}, err
	}
	if err := d.flush(); err != nil {
		return history.History{}, err
	}
	return d.events.History()
}

// finish reads the value of a client's event, now that its layout is known.
func (d *decoder) finish(p parsed) error {
	if p.isOther() {
		return d.events.Add(p.line, p.Event)
	}
	var err error
	if p.Type == "invoke" || p.Type == "ok" {
		if p.value, err = d.values.unkey(&p); err != nil {
			return err
		}
	} else {
		p.value = form.Form{}
	}
	for _, field := range []struct {
		f  form.Form
		to *history.Value
	}{{p.value, &p.Value}, {p.observed, &p.Observed}, {p.result, &p.Result}} {
		if field.f.Line > 0 {
			if *field.to, err = toField(field.f); err != nil {
				return err
			}
		}
	}
	return d.events.Add(p.line, p.Event)
}

// parse reads an event but for its values. What is no evidence may be anything.
func parse(f form.Form) (p parsed, err error) {
	p.line = f.Line
	if f.Kind != form.Map {
		return p, history.Wrong(f.Line, "%s where a map should be; write one event as a map, or delete it", f.Kind)
	}
	for i := 0; i < len(f.Items); i += 2 {
		if name, v := f.Items[i], f.Items[i+1]; name.Kind == form.Keyword && v.Kind != form.Nil {
			if wrong := p.field(name.Text, v); wrong != nil {
				return p, history.Wrong(v.Line, ":%s is %s; %v", name.Text, shown(v), wrong)
			}
		}
	}
	p.value, _ = f.Get("value")
	p.observed, _ = f.Get("observed")
	p.result, _ = f.Get("result")
	switch _, monitor := f.Get("monitor"); {
	case p.Process == nil && p.Client == "":
		return p, history.Wrong(f.Line, ":process is missing; write a client's number or name, or :nemesis")
	case monitor && p.isOther(): // which Encode writes as an event of the nemesis
		who := history.Monitor
		p.Process = &who
		p.Value = history.Value(p.value.Text)
	}
	return p, nil
}

// field reads a field that is no value.
func (p *parsed) field(name string, v form.Form) error {
	switch name {
	case "process":
		return p.process(v)
	case "type":
		return word(v, &p.Type)
	case "f":
		return word(v, &p.F)
	case "index":
		n, err := strconv.Atoi(v.Text)
		if v.Kind != form.Number || err != nil {
			return errors.New("write a whole number")
		}
		p.Index = &n
	case "time":
		if n, err := strconv.ParseFloat(v.Text, 64); v.Kind == form.Number && err == nil && n < 1<<63 {
			p.Time = int64(n)
			if whole, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
				p.Time = whole
			}
		}
	case "fault":
		if n, err := strconv.Atoi(v.Text); v.Kind == form.Number && err == nil {
			p.Fault = &n
		}
	case "revision":
		if v.Kind == form.Number {
			p.Revision, _ = strconv.ParseUint(v.Text, 10, 64)
		}
	case "phase":
		p.Phase = loose(v)
	case "text":
		p.Text = loose(v)
	case "node":
		p.Node = history.NodeID(loose(v))
	case "error":
		p.Error = v.String()
		if v.Kind == form.Text {
			p.Error = v.Text
		}
	}
	return nil
}

func (p *parsed) process(v form.Form) error {
	if n, err := strconv.ParseInt(v.Text, 10, 32); v.Kind == form.Number && err == nil && n >= 0 {
		who := history.Process(n)
		p.Process = &who
		return nil
	}
	if v.Kind == form.Number {
		p.Client = v.Text
		return nil
	}
	if err := word(v, &p.Client); err != nil {
		return errors.New("write a client's number or name, or :nemesis")
	}
	if p.Client == "nemesis" {
		who := history.Nemesis
		p.Process, p.Client = &who, ""
	}
	return nil
}

// word reads a keyword, a string or a symbol.
func word(v form.Form, to *string) error {
	switch v.Kind {
	case form.Keyword, form.Text, form.Other:
		*to = v.Text
		return nil
	default:
		return errors.New("write a keyword or a string")
	}
}

// loose reads what is no evidence.
func loose(v form.Form) string {
	var s string
	if word(v, &s) != nil {
		s = v.String()
	}
	return s
}
