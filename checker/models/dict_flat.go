package models

import (
	"encoding/binary"
	"iter"
	"strings"

	"senkei/history"
)

// flat is a small map from values to values as one text, which is several times as fast as
// a trie: the keys in ascending order, each with its value, each text with its length before
// it. So two flats of the same content are the same text.
type flat string

// flatMax is the most keys that a dict keeps flat.
const flatMax = 8

// next splits off the first key with its value.
func (f flat) next() (key, value history.Value, rest flat) {
	k, rest := f.text()
	v, rest := rest.text()
	return history.Value(k), history.Value(v), rest
}

// text splits off a text with its length before it.
func (f flat) text() (text, rest flat) {
	n, shift, at := 0, 0, 0
	for f[at] >= 0x80 {
		n |= int(f[at]&0x7f) << shift
		shift, at = shift+7, at+1
	}
	n |= int(f[at]) << shift
	return f[at+1 : at+1+n], f[at+1+n:]
}

func (f flat) get(key history.Value) (history.Value, bool) {
	for len(f) > 0 {
		k, v, rest := f.next()
		if k == key {
			return v, true
		}
		f = rest
	}
	return history.Absent, false
}

// cut returns what stands before the key, and what after it, wherever its place is.
func (f flat) cut(key history.Value) (before, after flat) {
	for at := f; len(at) > 0; {
		k, _, rest := at.next()
		if k >= key {
			if k == key {
				return f[:len(f)-len(at)], rest
			}
			return f[:len(f)-len(at)], at
		}
		at = rest
	}
	return f, ""
}

func (f flat) put(key, value history.Value) flat {
	before, after := f.cut(key)
	var b strings.Builder
	b.Grow(len(f) + len(key) + len(value) + 2*binary.MaxVarintLen64)
	b.WriteString(string(before))
	for _, text := range [...]history.Value{key, value} {
		var length [binary.MaxVarintLen64]byte
		b.Write(length[:binary.PutUvarint(length[:], uint64(len(text)))])
		b.WriteString(string(text))
	}
	b.WriteString(string(after))
	return flat(b.String())
}

func (f flat) remove(key history.Value) flat {
	before, after := f.cut(key)
	return before + after
}

// all yields the keys in ascending order, and their values.
func (f flat) all() iter.Seq2[history.Value, history.Value] {
	return func(yield func(key, value history.Value) bool) {
		for len(f) > 0 {
			k, v, rest := f.next()
			if !yield(k, v) {
				return
			}
			f = rest
		}
	}
}
