package history

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// field is a field of an event.
type field uint8

const (
	fieldIndex field = iota
	fieldTime
	fieldProcess
	fieldType
	fieldF
	fieldKey
	fieldValue
	fieldObserved
	fieldResult
	fieldRevision
	fieldNode
	fieldFault
	fieldPhase
	fieldText
	fieldError
	fieldCount
)

var fieldNames = [fieldCount]string{
	"index", "time", "process", "type", "f", "key", "value", "observed", "result", "revision",
	"node", "fault", "phase", "text", "error",
}

// fieldOf knows the exact names.
func fieldOf(name []byte) (f field, known bool) {
	switch string(name) {
	case "index":
		f = fieldIndex
	case "time":
		f = fieldTime
	case "process":
		f = fieldProcess
	case "type":
		f = fieldType
	case "f":
		f = fieldF
	case "key":
		f = fieldKey
	case "value":
		f = fieldValue
	case "observed":
		f = fieldObserved
	case "result":
		f = fieldResult
	case "revision":
		f = fieldRevision
	case "node":
		f = fieldNode
	case "fault":
		f = fieldFault
	case "phase":
		f = fieldPhase
	case "text":
		f = fieldText
	case "error":
		f = fieldError
	default:
		return fieldCount, false
	}
	return f, true
}

// decoder reads events of JSON. Short texts that come again share their memory.
type decoder struct {
	seen      [1 << 12]string
	keys      [1 << 10]decodedKey
	values    []byte    // the value in hand
	integers  []int     // room for those that events point to
	processes []Process // the same
}

// decodedKey is a key and the JSON text that it was read from.
type decodedKey struct{ text, key string }

// remedied is an error that names its remedy.
type remedied string

func (r remedied) Error() string { return string(r) }

// decode reads one event. What is evidence is read strictly: process, type, f, key, the values
// and the index. Anything may stand in the other fields, and what is of no use there is passed
// over. errCut means that the text ends too early.
func (d *decoder) decode(text []byte, e *Event) error {
	var fields [fieldCount][]byte
	if !quickSplit(text, &fields) {
		clear(fields[:])
		if err := split(text, &fields); err != nil {
			return unreadable(err)
		}
	}
	for f := range fieldCount {
		text := fields[f]
		if text == nil || string(text) == "null" && (f < fieldValue || f > fieldResult) {
			continue
		}
		if f == fieldValue && e.Process != nil && *e.Process == Nemesis {
			continue // no evidence
		}
		if err := d.field(f, text, e); err != nil {
			return fmt.Errorf("%q is %w; correct it", fieldNames[f], err)
		}
	}
	return nil
}

// unreadable names the remedy for what is no JSON.
func unreadable(err error) error {
	var told remedied
	if errors.As(err, &told) || errors.Is(err, errCut) {
		return err
	}
	return fmt.Errorf("not valid JSON (%w); delete the line: an operation without a completion counts as unknown", err)
}

// split finds the fields of an event, and refuses a name that stands twice.
func split(text []byte, fields *[fieldCount][]byte) error {
	s := scanner{text: text}
	c, err := s.peek()
	if err == nil && c != '{' {
		if _, err = s.skip(0); err == nil {
			err = remedied(kind(c) + " where an object should be; write one event as an object, or delete the line")
		}
	}
	if err != nil {
		return err
	}
	var others []string
	err = s.items('{', 0, func() error {
		quoted, err := s.name()
		if err != nil {
			return err
		}
		name := quoted[1 : len(quoted)-1]
		f, known := fieldOf(name)
		if !known && strings.IndexByte(string(name), '\\') >= 0 {
			if text, err := unquote(quoted); err == nil {
				name = []byte(text)
				f, known = fieldOf(name)
			}
		}
		value, err := s.skip(1)
		switch {
		case err != nil:
			return err
		case known && fields[f] == nil:
			fields[f] = value
			return nil
		case !known:
			for _, other := range others {
				known = known || other == string(name)
			}
			others = append(others, string(name))
		}
		if known {
			return remedied(fmt.Sprintf("an object with %q twice; remove one", clip(string(name))))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := s.peek(); err == nil {
		return s.unexpected("the end of the line")
	}
	return nil
}

// kind is what an error message calls a value that begins like this.
func kind(c byte) string {
	switch c {
	case '[':
		return "a JSON array"
	case '"':
		return "a JSON string"
	case 't', 'f':
		return "a JSON boolean"
	case 'n':
		return "null"
	default:
		return "a JSON number"
	}
}

func (d *decoder) field(f field, text []byte, e *Event) (err error) {
	switch f {
	case fieldIndex:
		e.Index, err = d.index(text)
	case fieldTime:
		e.Time, _ = truncated(text)
	case fieldProcess:
		return d.process(text, e)
	case fieldType:
		e.Type, err = d.word(text)
	case fieldF:
		e.F, err = d.word(text)
	case fieldKey:
		e.Key, err = d.key(text)
	case fieldValue:
		e.Value, err = d.value(text)
	case fieldObserved:
		e.Observed, err = d.value(text)
	case fieldResult:
		e.Result, err = d.value(text)
	case fieldRevision:
		e.Revision, _ = strconv.ParseUint(string(text), 10, 64)
	case fieldNode:
		e.Node = NodeID(d.loose(text))
	case fieldFault:
		if n, err := strconv.Atoi(string(text)); err == nil {
			e.Fault = &n
		}
	case fieldPhase:
		e.Phase = d.loose(text)
	case fieldText:
		e.Text = d.loose(text)
	case fieldError:
		e.Error = d.loose(text)
	}
	return err
}

// process reads a client's number or name, or who else acted.
func (d *decoder) process(text []byte, e *Event) error {
	if n, err := strconv.ParseUint(string(text), 10, 31); err == nil {
		e.Process = room(&d.processes, Process(n))
		return nil
	}
	switch text[0] {
	case '"':
		name, err := d.word(text)
		switch name {
		case "nemesis", ":nemesis":
			e.Process = room(&d.processes, Nemesis)
		case "monitor":
			e.Process = room(&d.processes, Monitor)
		case "":
			return cmp.Or(err, errors.New("empty"))
		default:
			e.Client = name
		}
		return err
	case '[', '{', 't', 'f':
		return fmt.Errorf("%s, which is neither a client's number or name nor \"nemesis\" nor \"monitor\"", clip(string(text)))
	default: // a number beyond those that Senkei gives is a name
		name, err := d.value(text)
		e.Client = string(name)
		return err
	}
}

// word reads a string.
func (d *decoder) word(text []byte) (string, error) {
	if text[0] != '"' {
		return "", fmt.Errorf("%s where a string should be", kind(text[0]))
	}
	if inner := text[1 : len(text)-1]; isPlainText(inner) {
		return d.intern(inner), nil
	}
	return unquote(text)
}

// loose reads what is no evidence: a string, or the text of what else stands there.
func (d *decoder) loose(text []byte) string {
	if word, err := d.word(text); err == nil {
		return word
	}
	return strings.ToValidUTF8(string(text), string(utf8.RuneError))
}

// room returns where a copy of v stays. Many are allocated at once.
func room[T any](in *[]T, v T) *T {
	const many = 512
	if len(*in) == cap(*in) {
		*in = make([]T, 0, many)
	}
	*in = append(*in, v)
	return &(*in)[len(*in)-1]
}

// index reads a position.
func (d *decoder) index(text []byte) (*int, error) {
	if isWhole(text) {
		n, _ := strconv.Atoi(string(text))
		return room(&d.integers, n), nil
	}
	if !isNumber(text) {
		return nil, fmt.Errorf("%s where a whole number should be", kind(text[0]))
	}
	var buffer [32]byte
	canonical, err := appendNumber(buffer[:0], text)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(string(canonical))
	if err != nil {
		return nil, fmt.Errorf("%s where a whole number should be", clip(string(text)))
	}
	return room(&d.integers, n), nil
}

// key reads a key.
func (d *decoder) key(text []byte) (string, error) {
	known := &d.keys[hash(text)%uint32(len(d.keys))]
	if known.text == string(text) && len(text) > 0 {
		return known.key, nil
	}
	v, err := d.value(text)
	if err != nil {
		return "", err
	}
	key := d.intern([]byte(KeyOf(v)))
	if len(text) <= internedMax {
		*known = decodedKey{string(text), key}
	}
	return key, nil
}

// value reads a value as its canonical text.
func (d *decoder) value(text []byte) (Value, error) {
	if isWhole(text) || text[0] == '"' && isPlainText(text[1:len(text)-1]) {
		return Value(d.intern(text)), nil
	}
	s := scanner{text: text}
	var err error
	if d.values, err = s.value(d.values[:0], 1); err != nil {
		return "", err
	}
	return Value(d.intern(d.values)), nil
}

// intern returns the text as a string, the same one again if it is short and came not long
// ago.
func (d *decoder) intern(text []byte) string {
	if len(text) > internedMax {
		return string(text)
	}
	slot := &d.seen[hash(text)%uint32(len(d.seen))]
	if *slot != string(text) {
		*slot = string(text)
	}
	return *slot
}

// internedMax is how long a text may be that shares its memory.
const internedMax = 32

// hash is FNV-1a.
func hash(text []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range text {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}
