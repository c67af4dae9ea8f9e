package explore

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// table numbers things as they are first seen; number 0 is the first. Equal descriptions mean
// equal things.
type table[T any] struct {
	numbers map[string]uint32 // by description
	items   []T
	// hashes has a row for each item: of its description under each renaming of the servers.
	hashes []uint64
	row    int
	buffer []byte
	bytes  int // of descriptions and hashes
}

func newTable[T any](renamings int) table[T] {
	return table[T]{numbers: map[string]uint32{}, row: renamings}
}

func (t *table[T]) hash(number uint32) []uint64 {
	return t.hashes[int(number)*t.row:][:t.row]
}

// number returns the number of an item, a new one if it was not seen before. describe appends
// its description under a renaming.
func (t *table[T]) number(item T, renamings []renaming, describe func([]byte, renaming) []byte) uint32 {
	t.buffer = describe(t.buffer[:0], renamings[0])
	if n, known := t.numbers[string(t.buffer)]; known {
		return n
	}
	n := t.add(item)
	for i, r := range renamings {
		t.buffer = describe(t.buffer[:0], r)
		t.hash(n)[i] = xxhash.Sum64(t.buffer)
	}
	return n
}

// add numbers an item whose description stands in the buffer, and leaves its hashes 0.
func (t *table[T]) add(item T) uint32 {
	n := uint32(len(t.items))
	t.numbers[string(t.buffer)] = n
	t.items = append(t.items, item)
	t.hashes = append(t.hashes, make([]uint64, t.row)...)
	t.bytes += len(t.buffer) + 8*t.row
	return n
}

// fingerprintSet is a hash table with open addressing.
type fingerprintSet struct {
	slots []uint64 // a power of two of them; 0 is empty
	count int
}

// add reports whether the fingerprint is new.
func (f *fingerprintSet) add(print uint64) bool {
	if 4*f.count >= 3*len(f.slots) {
		f.grow()
	}
	fresh := f.put(max(print, 1))
	if fresh {
		f.count++
	}
	return fresh
}

func (f *fingerprintSet) grow() {
	old := f.slots
	f.slots = make([]uint64, max(1<<10, 2*len(old)))
	for _, print := range old {
		if print != 0 {
			f.put(print)
		}
	}
}

func (f *fingerprintSet) put(print uint64) bool {
	// A canonical fingerprint is the least of several and so not spread evenly; a product is.
	mask := uint64(len(f.slots) - 1)
	at := print * 0x9e3779b97f4a7c15 >> bits.LeadingZeros64(mask)
	for ; f.slots[at] != 0; at = (at + 1) & mask {
		if f.slots[at] == print {
			return false
		}
	}
	f.slots[at] = print
	return true
}
