package history

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// The reserved names: an object of JSON that has one of them has no other, and stands for what
// only EDN has a word for.
const (
	symbolName = "#"    // a symbol, a character, …: its EDN text
	setName    = "#set" // a set: the list of its elements, ascending
	mapName    = "#map" // a map with keys that are no texts: its entries [key, value], ascending
	tagName    = "#tag" // a tagged value: [tag, value]
)

var reserved = []string{symbolName, setName, mapName, tagName}

// Entry is a key of a map with its value.
type Entry struct{ Key, Value Value }

// Set returns a set of values. An element that stands twice is an error.
func Set(items ...Value) (Value, error) {
	items = slices.Sorted(slices.Values(items))
	for i := range items[min(1, len(items)):] {
		if items[i] == items[i+1] {
			return Absent, fmt.Errorf("a set with %s twice", clip(items[i].String()))
		}
	}
	return wrap(setName, List(items...)), nil
}

// Map returns a map: an object where its keys are texts, of which none is a reserved name. A
// key that stands twice is an error.
func Map(entries ...Entry) (Value, error) {
	entries = ascending(entries)
	if err := unique(entries); err != nil {
		return Absent, err
	}
	if !slices.ContainsFunc(entries, func(e Entry) bool { return !isName(e.Key) }) {
		return appendObject(entries), nil
	}
	pairs := make([]Value, len(entries))
	for i, e := range entries {
		pairs[i] = List(e.Key, e.Value)
	}
	return wrap(mapName, List(pairs...)), nil
}

// Tagged returns a value with a tag of EDN, such as inst.
func Tagged(tag string, v Value) Value { return wrap(tagName, List(Text(tag), v)) }

// Symbol returns what has nothing but a text in EDN: a symbol, a character, a ratio, or a
// string that looks like a keyword.
func Symbol(text string) Value { return wrap(symbolName, Text(text)) }

// IsSet reports whether v is a set.
func (v Value) IsSet() bool { _, ok := v.special(setName); return ok }

// Symbol returns the text of a Symbol, and whether v is one.
func (v Value) Symbol() (string, bool) {
	inner, ok := v.special(symbolName)
	if !ok {
		return "", false
	}
	return inner.Text()
}

// Tagged returns the tag and the value of a tagged value, and whether v is one.
func (v Value) Tagged() (tag string, inner Value, ok bool) {
	pair, ok := v.special(tagName)
	if !ok {
		return "", Absent, false
	}
	parts := slices.Collect(pair.Elements())
	tag, _ = parts[0].Text()
	return tag, parts[1], true
}

// IsMap reports whether v is a map.
func (v Value) IsMap() bool {
	_, special := v.special(mapName)
	return special || len(v) > 0 && v[0] == '{' && !v.isReserved()
}

// Entries yields the keys of a map and their values, and nothing for any other value.
func (v Value) Entries() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		if pairs, ok := v.special(mapName); ok {
			for pair := range pairs.Elements() {
				parts := slices.Collect(pair.Elements())
				if !yield(parts[0], parts[1]) {
					return
				}
			}
		} else if v.IsMap() {
			v.parts(func(part Value) bool {
				s := scanner{text: []byte(part)}
				name, _ := s.name()
				return yield(Value(name), orAbsent(part[s.at:]))
			})
		}
	}
}

// special returns what stands under the reserved name, if v has it.
func (v Value) special(name string) (Value, bool) {
	if len(v) == 0 || v[0] != '{' {
		return Absent, false // as most values are
	}
	inner, ok := strings.CutPrefix(string(v), `{"`+name+`":`)
	if !ok {
		return Absent, false
	}
	return Value(inner[:len(inner)-1]), true
}

func (v Value) isReserved() bool {
	return slices.ContainsFunc(reserved, func(name string) bool { _, ok := v.special(name); return ok })
}

func wrap(name string, inner Value) Value {
	return Value(`{"` + name + `":` + string(raw(inner)) + "}")
}

// isName reports whether a key can be the name of an ordinary object.
func isName(key Value) bool {
	text, ok := key.Text()
	return ok && !slices.Contains(reserved, text)
}

func ascending(entries []Entry) []Entry {
	return slices.SortedFunc(slices.Values(entries), func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
}

func unique(entries []Entry) error {
	for i := range entries[min(1, len(entries)):] {
		if entries[i].Key == entries[i+1].Key {
			return fmt.Errorf("an object with %s twice", clip(entries[i].Key.String()))
		}
	}
	return nil
}

func appendObject(entries []Entry) Value {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, e := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(e.Key) + ":" + string(raw(e.Value)))
	}
	b.WriteByte('}')
	return Value(b.String())
}

// object returns the object of a JSON text.
func object(entries []Entry) (Value, error) {
	entries = ascending(entries)
	if err := unique(entries); err != nil {
		return Absent, err
	}
	v := appendObject(entries)
	for _, e := range entries {
		if !isName(e.Key) {
			return v, v.checkReserved()
		}
	}
	return v, nil
}

// checkReserved reports what is wrong with an object that has a reserved name: it has to be
// what Set, Map, Tagged or Symbol return, so that equal values have one text.
func (v Value) checkReserved() error {
	var again Value
	var err error
	if _, ok := v.Symbol(); ok {
		return nil
	} else if items, ok := v.special(setName); ok && items.IsList() {
		again, err = Set(slices.Collect(items.Elements())...)
	} else if pair, ok := v.special(tagName); ok {
		parts := slices.Collect(pair.Elements())
		if len(parts) == 2 {
			tag, _ := parts[0].Text()
			again = Tagged(tag, parts[1])
		}
	} else if pairs, ok := v.special(mapName); ok {
		var entries []Entry
		for pair := range pairs.Elements() {
			parts := slices.Collect(pair.Elements())
			if len(parts) != 2 {
				return errors.New("a \"#map\" with an entry that is no pair")
			}
			entries = append(entries, Entry{parts[0], parts[1]})
		}
		again, err = Map(entries...)
	}
	if err == nil && again != v {
		err = fmt.Errorf("the object %s, whose name is reserved for sets, maps and symbols of EDN, and which is none in the form that Senkei writes", clip(string(v)))
	}
	return err
}
