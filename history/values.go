package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// How an Assembler reads the values of requests and answers.

// input reads what an invocation asks for.
func (a *Assembler) input(e Event) (Input, error) {
	in := Input{F: Func(e.F), Key: e.Key}
	var err error
	switch asks := shapes[in.F].asks; {
	case asks == nothing && e.Value != nil && !isNull(e.Value):
		return in, a.wrong("the invocation of a %s carries the value %s; write null, and what it found in its ok", e.F, clip(string(e.Value)))
	case asks == nothing:
		return in, nil
	case asks == optional:
		in.Value, err = a.scalar(e.Value)
		return in, err
	case asks == pair:
		in.Expect, in.Value, err = a.pair(e.Value)
	case asks == micros:
		if in.Value, err = a.transaction(e); err == nil && in.Value != in.Value.unanswered() {
			return in, a.wrong("the invocation of a txn carries a read with a value; write null there, and what it read in its ok")
		}
	default:
		in.Value, err = a.scalar(e.Value)
	}
	if err == nil && in.Value == Absent {
		return in, a.wrong("the %s carries null, which means absent; write its value", e.F)
	}
	return in, err
}

// request returns the invocation that e completes, as far as e tells.
func (a *Assembler) request(e Event) (Event, error) {
	switch asks := shapes[Func(e.F)].asks; {
	case asks == nothing:
		e.Value = nil
	case asks == micros && e.Type == typeOK:
		done, err := a.transaction(e)
		if err != nil {
			return e, err
		}
		e.Value = raw(done.unanswered())
	}
	return e, nil
}

// output reads what a completion reports of a request that began on line began.
func (a *Assembler) output(e Event, in Input, began int) (out Output, outcome Outcome, err error) {
	if err := a.same(e, in, began); err != nil {
		return out, Unknown, err
	}
	switch {
	case e.Observed != nil: // a refused cas
		out.Value, err = a.scalar(e.Observed)
		out.Revision = e.Revision
		return out, OK, err
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
func (a *Assembler) same(e Event, in Input, began int) error {
	ask, err := a.request(e)
	if err != nil || ask.Value == nil || isNull(ask.Value) {
		return err
	}
	again, err := a.input(ask)
	if err != nil {
		return err
	}
	if again.Value != in.Value || again.Expect != in.Expect {
		return a.wrong("process %s ends a %s of %s but began one of %s on line %d; make both the same",
			*e.Process, e.F, clip(string(asked(again))), clip(string(asked(in))), began)
	}
	return nil
}

// answer reads what an ok tells.
func (a *Assembler) answer(e Event) (Value, error) {
	shape := shapes[Func(e.F)]
	text, field := e.Value, "value"
	if shape.apart {
		text, field = e.Result, "result"
	}
	if shape.must && text == nil {
		return Absent, a.wrong("the ok of a %s has no %s; write what it found, or null if that was nothing", e.F, field)
	}
	switch shape.answers {
	case nothing:
		return Absent, nil
	case micros:
		return a.transaction(e)
	case optional:
		return a.scalar(text)
	default:
		if bytes.HasPrefix(text, []byte("[")) {
			return a.list(text)
		}
		if shape.answers == list && !isNull(text) {
			return Absent, a.wrong("the %s of the %s is %s; write a list", field, e.F, clip(string(text)))
		}
		return a.scalar(text)
	}
}

func (a *Assembler) scalar(text json.RawMessage) (Value, error) {
	if text == nil {
		return Absent, nil
	}
	v, err := ParseValue(text)
	if err != nil {
		return Absent, a.wrong("value %s is %v; write a number, a string, true, false or null", clip(string(text)), err)
	}
	return v, nil
}

func (a *Assembler) list(text json.RawMessage) (Value, error) {
	v, err := ParseList(text)
	if err != nil {
		return Absent, a.wrong("value %s: %v; write a list of numbers, strings, true, false or null", clip(string(text)), err)
	}
	return v, nil
}

func (a *Assembler) transaction(e Event) (Value, error) {
	v, err := ParseTransaction(e.Value)
	if err != nil {
		return Absent, a.wrong(`the value of a txn is %s: %v; write a list such as [["r","x",null],["w","y",1],["append","z",2]]`, shown(e.Value), err)
	}
	return v, nil
}

func (a *Assembler) pair(text json.RawMessage) (expect, value Value, err error) {
	var pair []json.RawMessage
	if text == nil || json.Unmarshal(text, &pair) != nil || len(pair) != 2 {
		return Absent, Absent, a.wrong("the value of a cas is %s; write [expected, new]", shown(text))
	}
	if expect, err = a.scalar(pair[0]); err != nil {
		return Absent, Absent, err
	}
	value, err = a.scalar(pair[1])
	return expect, value, err
}

func shown(text json.RawMessage) string {
	if text == nil {
		return "missing"
	}
	return clip(string(text))
}

func isNull(text json.RawMessage) bool { return bytes.Equal(text, []byte("null")) }

func parseTerm(text json.RawMessage) (uint64, error) {
	term, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("term %s: %w", shown(text), err)
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
