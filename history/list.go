package history

import (
	"iter"
	"strings"
)

// ListItemsMax is the most elements that a list or a map from outside may have, those of
// inner ones not counted.
const ListItemsMax = 1 << 20

// List returns a list of values as one value.
func List(items ...Value) Value {
	var b strings.Builder
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(raw(item)))
	}
	b.WriteByte(']')
	return Value(b.String())
}

// IsList reports whether v is a list or a set.
func (v Value) IsList() bool { return len(v) > 0 && v[0] == '[' || v.IsSet() }

// Elements yields the elements of a list or a set, and nothing for any other value. It relies
// on the canonical text and copies nothing.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) { v.elements(yield) } // so small that it costs a loop no allocation
}

func (v Value) elements(yield func(Value) bool) {
	if items, ok := v.special(setName); ok {
		v = items
	}
	if v.IsList() {
		v.parts(yield)
	}
}

// parts yields what stands between the commas of a list or an object, Absent for null.
func (v Value) parts(yield func(Value) bool) {
	if len(v) == len("[]") {
		return
	}
	from, depth, quoted := 1, 0, false
	for i := 1; i < len(v); i++ {
		switch c := v[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case depth == 0 && (c == ',' || c == ']' || c == '}'):
			if !yield(orAbsent(v[from:i])) {
				return
			}
			from = i + 1
		case c == ']' || c == '}':
			depth--
		}
	}
}
