package history

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// How an Assembler takes the values of requests and answers.

// input takes what an invocation asks for. Where a function asks for nothing but answers
// something, older versions of Jepsen have the last answer stand there, which says nothing.
func (a *Assembler) input(e *Event) (in Input, err error) {
	in.F, in.Key = Func(e.F), e.Key
	shape := &a.shape
	switch {
	case shape.asks == nothing && shape.answers == nothing && orAbsent(e.Value) != Absent:
		return in, a.wrong("the invocation of a %s carries the value %s; write null", e.F, e.Value)
	case shape.asks == nothing:
		return in, nil
	case shape.asks == optional:
		in.Value = orAbsent(e.Value)
		return in, nil
	case shape.asks == pair:
		in.Expect, in.Value, err = a.pair(e.Value)
	case shape.asks == micros:
		if in.Value, err = a.transaction(e); err == nil {
			in.Value = in.Value.unanswered()
		}
	default:
		in.Value = orAbsent(e.Value)
	}
	if err == nil && in.Value == Absent {
		return in, a.wrong("the %s carries null, which means absent; write its value", e.F)
	}
	return in, err
}

// request returns the invocation that e completes, as far as e tells.
func (a *Assembler) request(e *Event) *Event {
	if a.shape.asks == nothing {
		return &Event{Process: e.Process, Client: e.Client, F: e.F, Key: e.Key}
	}
	return e
}

// output takes what a completion reports of a request that began on line began.
func (a *Assembler) output(e *Event, in *Input, began int) (out Output, outcome Outcome, err error) {
	if err := a.same(e, in, began); err != nil {
		return out, Unknown, err
	}
	switch {
	case e.Type == typeFail && in.F == CAS && e.Observed != "": // a refused one
		return Output{Value: orAbsent(e.Observed), Revision: e.Revision}, OK, nil
	case e.Type == typeFail:
		return out, Failed, nil
	case e.Type == typeInfo:
		return out, Unknown, nil
	}
	out.Swapped, out.Revision = in.F == CAS, e.Revision
	out.Value, err = a.answer(e)
	return out, OK, err
}

// same checks that a completion repeats its request where it repeats anything.
func (a *Assembler) same(e *Event, in *Input, began int) error {
	switch {
	case a.shape.asks == nothing, orAbsent(e.Value) == Absent:
		return nil
	case a.shape.asks < list && e.Value == in.Value: // most often
		return nil
	}
	again, err := a.input(e)
	if err != nil {
		return err
	}
	if again.Value != in.Value || again.Expect != in.Expect {
		return a.wrong("process %s ends a %s of %s but began one of %s on line %d; make both the same",
			a.name(e), e.F, clip(string(asked(again))), clip(string(asked(*in))), began)
	}
	return nil
}

// answer takes what an ok tells.
func (a *Assembler) answer(e *Event) (Value, error) {
	shape := &a.shape
	text, field := e.Value, "value"
	if shape.apart {
		text, field = e.Result, "result"
	}
	if shape.must && text == "" {
		return Absent, a.wrong("the ok of a %s has no %s; write what it found, or null if that was nothing", e.F, field)
	}
	v := orAbsent(text)
	switch {
	case shape.answers == nothing:
		return Absent, nil
	case shape.answers == micros:
		return a.transaction(e)
	case shape.answers == list && v != Absent && !v.IsList():
		return Absent, a.wrong("the %s of the %s is %s; write a list", field, e.F, clip(string(v)))
	}
	return v, nil
}

func (a *Assembler) transaction(e *Event) (Value, error) {
	v, err := orAbsent(e.Value).transaction()
	if err != nil {
		return Absent, a.wrong(`the value of a txn is %s: %v; write a list such as [["r","x",null],["w","y",1],["append","z",2]]`, shown(e.Value), err)
	}
	return v, nil
}

func (a *Assembler) pair(v Value) (expect, value Value, err error) {
	parts := slices.Collect(v.Elements())
	if len(parts) != 2 || v.IsSet() {
		return Absent, Absent, a.wrong("the value of a cas is %s; write [expected, new]", shown(v))
	}
	return parts[0], parts[1], nil
}

func shown(v Value) string {
	if v == "" {
		return "missing"
	}
	return clip(string(v))
}

func parseTerm(v Value) (uint64, error) {
	term, err := strconv.ParseUint(string(v), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("term %s: %w", shown(v), err)
	}
	return term, nil
}

// vocabulary lists the functions for an error message.
func vocabulary() string {
	var names []string
	for _, f := range Funcs() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}
