package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// Bounds of a list that comes from outside.
const (
	// ListItemsMax is the most elements that a list may have, those of inner lists not
	// counted.
	ListItemsMax = 1 << 20
	// nestingMax is how deep lists may lie in each other: a read of a list in a
	// transaction is three deep.
	nestingMax = 4
)

// List returns a list of values as one value.
func List(items ...Value) Value {
	var b strings.Builder
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(raw(item))
	}
	b.WriteByte(']')
	return Value(b.String())
}

// IsList reports whether v is a list.
func (v Value) IsList() bool { return len(v) > 0 && v[0] == '[' }

// Elements yields the elements of a list, and nothing for any other value. It relies on
// the canonical text and copies nothing.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.IsList() || len(v) == len("[]") {
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
			case c == '[':
				depth++
			case depth == 0 && (c == ',' || c == ']'):
				item := v[from:i]
				if item == "null" {
					item = Absent
				}
				if !yield(item) {
					return
				}
				from = i + 1
			case c == ']':
				depth--
			}
		}
	}
}

// ParseList brings a JSON array into the canonical text by which values are compared, its
// elements as ParseValue does. Lists nested more than four deep, or of more than
// ListItemsMax elements, are errors, and so are objects.
func ParseList(text []byte) (Value, error) {
	var b bytes.Buffer
	if err := parseList(&b, text, 1); err != nil {
		return Absent, err
	}
	return Value(b.String()), nil
}

func parseList(b *bytes.Buffer, text []byte, depth int) error {
	if depth > nestingMax {
		return fmt.Errorf("nested more than %d deep", nestingMax)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil || items == nil {
		return errors.New("not a list")
	}
	if len(items) > ListItemsMax {
		return fmt.Errorf("longer than %d elements", ListItemsMax)
	}
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		if item[0] == '[' {
			if err := parseList(b, item, depth+1); err != nil {
				return err
			}
			continue
		}
		v, err := ParseValue(item)
		if err != nil {
			return fmt.Errorf("its element %s is %w", clip(string(item)), err)
		}
		b.Write(raw(v))
	}
	b.WriteByte(']')
	return nil
}
