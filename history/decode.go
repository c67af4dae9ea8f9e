package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// decode reads one line as far as it stands alone.
func (p *parser) decode(line []byte) (event, error) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		return e, p.malformed(err)
	}
	switch {
	case e.Process == nil:
		return e, p.wrong(`"process" is missing; write a client's number, "nemesis" or "monitor"`)
	case e.Type == "":
		return e, p.wrong(`"type" is missing; write invoke, ok, fail or info`)
	case e.Type != typeInvoke && e.Type != typeOK && e.Type != typeFail && e.Type != typeInfo:
		return e, p.wrong("type %q is unknown; write invoke, ok, fail or info", clip(e.Type))
	case e.F == "":
		return e, p.wrong(`"f" is missing; write read, write or cas`)
	case e.Time < 0:
		return e, p.wrong("time %d is negative; write the nanoseconds since the run began", e.Time)
	}
	if *e.Process < 0 {
		return e, nil
	}
	switch Func(e.F) {
	case Read, Write, CAS:
	default:
		return e, p.wrong("f %q is unknown; write read, write or cas", clip(e.F))
	}
	if e.Observed != nil && (e.Type != typeFail || Func(e.F) != CAS) {
		return e, p.wrong(`"observed" belongs to the fail of a cas; remove it here`)
	}
	return e, nil
}

// malformed says what encoding/json found in words that name the remedy.
func (p *parser) malformed(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return p.wrong("a JSON %s where an object should be; write one event as an object, or delete the line", kind.Value)
		}
		return p.wrong("%q is a JSON %s where %s should be; correct it", kind.Field, kind.Value, wanted(kind.Field))
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return p.wrong("not valid JSON (%s); delete the line: an operation without a completion counts as unknown", err)
	}
	return p.wrong("%s; correct it", err)
}

func wanted(field string) string {
	switch field {
	case "index", "time", "fault":
		return "a whole number"
	default:
		return "a string"
	}
}

// input reads what an invocation asks for.
func (p *parser) input(e event) (Input, error) {
	in := Input{F: Func(e.F), Key: e.Key}
	var err error
	switch in.F {
	case Read:
		if e.Value != nil && !isNull(e.Value) {
			return in, p.wrong("the invocation of a read carries the value %s; write null, and the value that it read in its ok", clip(string(e.Value)))
		}
	case Write:
		in.Value, err = p.scalar(e.Value)
	case CAS:
		in.Expect, in.Value, err = p.pair(e.Value)
	}
	if err == nil && in.F != Read && in.Value == Absent {
		return in, p.wrong("the %s stores null, which means absent; write the value that it stores", e.F)
	}
	return in, err
}

// output reads what a completion reports of a request that began on line began.
func (p *parser) output(e event, in Input, began int) (out Output, outcome Outcome, err error) {
	switch e.Type {
	case typeOK:
		outcome = OK
	case typeFail:
		outcome = Failed
	}
	if in.F == Read {
		if outcome == OK && e.Value == nil {
			return out, outcome, p.wrong("the ok of a read has no value; write the value that it read, or null if it found none")
		}
		if outcome == OK {
			out.Value, err = p.scalar(e.Value)
		}
		return out, outcome, err
	}
	if e.Value != nil && !isNull(e.Value) {
		again, err := p.input(e)
		if err != nil {
			return out, outcome, err
		}
		if again.Value != in.Value || again.Expect != in.Expect {
			return out, outcome, p.wrong("process %s ends a %s of %s but began one of %s on line %d; make both the same",
				*e.Process, e.F, clip(string(asked(again))), clip(string(asked(in))), began)
		}
	}
	out.Swapped = in.F == CAS && outcome == OK
	if e.Observed != nil {
		out.Value, err = p.scalar(e.Observed)
		outcome = OK
	}
	return out, outcome, err
}

func (p *parser) scalar(text json.RawMessage) (Value, error) {
	if text == nil {
		return Absent, nil
	}
	v, err := ParseValue(text)
	if err != nil {
		return Absent, p.wrong("value %s is %v; write a number, a string, true, false or null", clip(string(text)), err)
	}
	return v, nil
}

func (p *parser) pair(text json.RawMessage) (expect, value Value, err error) {
	var pair []json.RawMessage
	if text == nil || json.Unmarshal(text, &pair) != nil || len(pair) != 2 {
		return Absent, Absent, p.wrong("the value of a cas is %s; write [expected, new]", shown(text))
	}
	if expect, err = p.scalar(pair[0]); err != nil {
		return Absent, Absent, err
	}
	value, err = p.scalar(pair[1])
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
