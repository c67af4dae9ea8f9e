package history

import (
	"errors"
	"fmt"
	"iter"
	"slices"
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
	text := microNames[m.F] + " " + ShowKey(m.Key)
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
		b.WriteString(`["` + name + `",` + string(KeyValue(m.Key)) + "," + string(raw(m.Value)) + "]")
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
	if n != len(parts) || !ok {
		panic(fmt.Sprintf("history: %s is no operation of a transaction", clip(string(v))))
	}
	return Micro{F: f, Key: KeyOf(parts[1]), Value: parts[2]}
}

// microFunc knows the names of Elle and those of Knossos, as texts and as keywords.
func microFunc(name Value) (Func, bool) {
	switch name {
	case `"r"`, `"read"`, `":r"`, `":read"`:
		return Read, true
	case `"w"`, `"write"`, `":w"`, `":write"`:
		return Write, true
	case `"append"`, `":append"`:
		return Append, true
	default:
		return "", false
	}
}

// ParseTransaction brings the JSON text of a transaction into the form of Transaction.
func ParseTransaction(text []byte) (Value, error) {
	v, err := ParseValue(text)
	if err != nil {
		return Absent, err
	}
	return v.transaction()
}

// transaction brings a list of [function, key, value] into the form of Transaction. The
// functions are r or read, w or write, and append. A key is of any kind. A write or an append
// of null or of a list is an error.
func (v Value) transaction() (Value, error) {
	if !v.IsList() || v.IsSet() {
		return Absent, errors.New("not a list")
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

// isTransaction reports whether a value can only be the operations of a transaction.
func (v Value) isTransaction() bool {
	if !strings.HasPrefix(string(v), `[["`) {
		return false
	}
	_, err := v.transaction()
	return err == nil
}

func (v Value) parseMicro() (m Micro, err error) {
	parts := slices.Collect(v.Elements())
	if len(parts) != 3 {
		return m, errors.New("write [function, key, value]")
	}
	f, ok := microFunc(parts[0])
	if !ok {
		return m, errors.New("the function is none of r, w and append")
	}
	if f != Read && (parts[2] == Absent || parts[2].IsList()) {
		return m, fmt.Errorf("the value of a %s is neither null nor a list", f)
	}
	return Micro{F: f, Key: KeyOf(parts[1]), Value: parts[2]}, nil
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
