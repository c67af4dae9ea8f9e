package models

import (
	"iter"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"unique"

	"github.com/cespare/xxhash/v2"

	"senkei/history"
)

// dict is an immutable map from values to values that == compares by content, which is
// what a state must be. It is a hash trie, as Bagwell's ("Ideal hash trees", 2001), whose
// nodes are unique in the process: two dicts of the same content share their root. So ==
// and hashing take constant time, a change makes one new node for each of the log8(n)
// levels, about 2 KiB in a dict of 100,000 keys, and everything else is shared with the
// dict before. A change costs 1 to 4 µs in dicts of up to 1,000 keys, and tens of µs with
// 100,000, when most of it is the garbage collector's. Nodes that no state holds any more
// are collected. Up to flatMax keys lie in a flat instead.
type dict struct {
	small flat
	root  slot // empty while small is used
	size  int
}

// slot is empty, or one key, or a branch of at least two keys. A key stands as near to the
// root as it can without sharing its slot, so that the shape follows from the content.
type slot struct {
	leaf   unique.Handle[leaf]
	branch unique.Handle[branch]
}

type leaf struct{ key, value history.Value }

type branch struct{ slots [fanOut]slot }

const (
	digitBits = 3
	fanOut    = 1 << digitBits
	perHash   = 64 / digitBits // digits that one hash gives
)

// digit is where a key stands in a branch at this depth. Keys whose hashes are equal part
// at the next hash, which is that of the key with a letter more.
func digit(key history.Value, depth int) int {
	salted := string(key) + strings.Repeat("#", depth/perHash)
	return int(xxhash.Sum64String(salted) >> (depth % perHash * digitBits) % fanOut)
}

func (s slot) isLeaf() bool   { return s.leaf != unique.Handle[leaf]{} }
func (s slot) isBranch() bool { return s.branch != unique.Handle[branch]{} }

// get returns the value of the key, and whether the dict has the key.
func (d dict) get(key history.Value) (history.Value, bool) {
	if d.size <= flatMax {
		return d.small.get(key)
	}
	s := d.root
	for depth := 0; s.isBranch(); depth++ {
		s = s.branch.Value().slots[digit(key, depth)]
	}
	if !s.isLeaf() || s.leaf.Value().key != key {
		return history.Absent, false
	}
	return s.leaf.Value().value, true
}

func (d dict) has(key history.Value) bool {
	_, ok := d.get(key)
	return ok
}

// put returns the dict in which the key has this value.
func (d dict) put(key, value history.Value) dict {
	if !d.has(key) {
		if d.size++; d.size == flatMax+1 {
			for k, v := range d.small.all() {
				d.root = d.root.put(leaf{k, v}, 0)
			}
			d.small = ""
		}
	}
	if d.size <= flatMax {
		d.small = d.small.put(key, value)
	} else {
		d.root = d.root.put(leaf{key, value}, 0)
	}
	return d
}

func (s slot) put(l leaf, depth int) slot {
	var b branch
	switch {
	case s.isBranch():
		b = s.branch.Value()
	case !s.isLeaf() || s.leaf.Value().key == l.key:
		return slot{leaf: unique.Make(l)}
	default:
		b.slots[digit(s.leaf.Value().key, depth)] = s
	}
	at := digit(l.key, depth)
	b.slots[at] = b.slots[at].put(l, depth+1)
	return slot{branch: unique.Make(b)}
}

// remove returns the dict without the key.
func (d dict) remove(key history.Value) dict {
	switch {
	case !d.has(key):
		return d
	case d.size <= flatMax:
		d.small = d.small.remove(key)
	default:
		d.root = d.root.remove(key, 0)
	}
	if d.size--; d.size == flatMax {
		for k, v := range d.all() {
			d.small = d.small.put(k, v)
		}
		d.root = slot{}
	}
	return d
}

// remove needs a slot that has the key. A branch that is left with one key becomes it.
func (s slot) remove(key history.Value, depth int) slot {
	if s.isLeaf() {
		return slot{}
	}
	b := s.branch.Value()
	at := digit(key, depth)
	b.slots[at] = b.slots[at].remove(key, depth+1)
	var rest slot
	for _, other := range b.slots {
		switch {
		case other == slot{}:
		case other.isBranch() || rest != slot{}:
			return slot{branch: unique.Make(b)}
		default:
			rest = other
		}
	}
	return rest
}

// all yields the keys and their values in no order that means anything.
func (d dict) all() iter.Seq2[history.Value, history.Value] {
	return func(yield func(history.Value, history.Value) bool) {
		if d.root == (slot{}) {
			d.small.all()(yield)
			return
		}
		d.root.all(yield)
	}
}

func (s slot) all(yield func(key, value history.Value) bool) bool {
	if s.isLeaf() {
		l := s.leaf.Value()
		return yield(l.key, l.value)
	}
	if s.isBranch() {
		for _, inner := range s.branch.Value().slots {
			if !inner.all(yield) {
				return false
			}
		}
	}
	return true
}

// bytes returns about how much memory d holds that the dict before it does not.
func (d dict) bytes() int {
	const branchBytes = 200 // with what makes it unique
	if d.size <= flatMax {
		return len(d.small)
	}
	return branchBytes * (bits.Len(uint(d.size))/digitBits + 1)
}

// keys returns the keys in ascending order of their text, the shorter ones first, so that
// whole numbers ascend.
func (d dict) keys() []history.Value {
	return slices.SortedFunc(maps.Keys(maps.Collect(d.all())), func(a, b history.Value) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(string(a), string(b))
	})
}
