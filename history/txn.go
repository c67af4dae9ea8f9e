package history

import (
	"errors"
	"fmt"
	"iter"
	"strings"
)

// Micro is one operation of a transaction: Read, Write or Append of one key. It sees what
// those before it did.
type Micro struct {
	F   Func
	Key string
	// Value is what Write stores or Append appends to a list, and in an answer what Read
	// found. In a request it is Absent for Read.
	Value Value
}

// microNames are how a transaction's text calls the functions, after Jepsen and Elle.
var microNames = map[Func]string{Read: "r", Write: "w", Append: "append"}

// String returns "r x = 3", "w x 3" or "append x 3"; of a read that has not been answered,
// or that found nothing, "r x".
func (m Micro) String() string {
	text := microNames[m.F] + " " + m.Key
	switch {
	case m.Value == Absent:
		return text
	case m.F == Read:
		return text + " = " + m.Value.String()
	default:
		return text + " " + m.Value.String()
	}
}

// Transaction returns a transaction as a value: the Value of a Txn's Input or, with the
// reads filled in, of its Output. It panics at a function that no transaction has.
func Transaction(ms ...Micro) Value {
	var b strings.Builder
	b.WriteByte('[')
	for i, m := range ms {
		name, ok := microNames[m.F]
		if !ok {
			panic(fmt.Sprintf("history: a transaction has no %s", m.F))
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`["` + name + `",` + string(Text(m.Key)) + "," + string(raw(m.Value)) + "]")
	}
	b.WriteByte(']')
	return Value(b.String())
}

// Micros yields the operations of a transaction that Transaction or ParseTransaction made.
// It panics at any other value.
func (v Value) Micros() iter.Seq[Micro] {
	return func(yield func(Micro) bool) {
		if v != Absent && !v.IsList() {
			panic(fmt.Sprintf("history: %s is no transaction", clip(string(v))))
		}
		for item := range v.Elements() {
			if !yield(item.micro()) {
				return
			}
		}
	}
}

// micro reads one operation from its canonical text.
func (v Value) micro() Micro {
	var parts [3]Value
	n := 0
	for part := range v.Elements() {
		if n < len(parts) {
			parts[n] = part
		}
		n++
	}
	f, ok := microFunc(parts[0])
	key, isText := parts[1].Text()
	if n != len(parts) || !ok || !isText {
		panic(fmt.Sprintf("history: %s is no operation of a transaction", clip(string(v))))
	}
	return Micro{F: f, Key: key, Value: parts[2]}
}

// microFunc knows the names of Elle and those of Knossos.
func microFunc(name Value) (Func, bool) {
	switch name {
	case `"r"`, `"read"`:
		return Read, true
	case `"w"`, `"write"`:
		return Write, true
	case `"append"`:
		return Append, true
	default:
		return "", false
	}
}

// ParseTransaction brings the JSON text of a transaction, a list of [function, key, value],
// into the form of Transaction. The functions are r or read, w or write, and append. A key
// is a string, or a number that becomes one. A write or an append of null is an error.
func ParseTransaction(text []byte) (Value, error) {
	v, err := ParseList(text)
	if err != nil {
		return Absent, err
	}
	var ms []Micro
	for item := range v.Elements() {
		m, err := item.parseMicro()
		if err != nil {
			return Absent, fmt.Errorf("its operation %s: %w", clip(string(raw(item))), err)
		}
		ms = append(ms, m)
	}
	return Transaction(ms...), nil
}

func (v Value) parseMicro() (m Micro, err error) {
	var parts []Value
	for part := range v.Elements() {
		parts = append(parts, part)
	}
	if len(parts) != 3 {
		return m, errors.New("write [function, key, value]")
	}
	f, ok := microFunc(parts[0])
	if !ok {
		return m, errors.New("the function is none of r, w and append")
	}
	key, ok := parts[1].Text()
	switch {
	case parts[1] == Absent || parts[1].IsList():
		return m, errors.New("the key is neither a string nor a number")
	case !ok:
		key = string(parts[1])
	}
	if f != Read && (parts[2] == Absent || parts[2].IsList()) {
		return m, fmt.Errorf("the value of a %s is a number, a string, true or false", f)
	}
	return Micro{F: f, Key: key, Value: parts[2]}, nil
}

// unanswered returns the request of a transaction whose answer v is.
func (v Value) unanswered() Value {
	var ms []Micro
	for m := range v.Micros() {
		if m.F == Read {
			m.Value = Absent
		}
		ms = append(ms, m)
	}
	return Transaction(ms...)
}
