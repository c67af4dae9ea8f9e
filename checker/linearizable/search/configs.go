package search

import (
	"math/bits"
	"senkei/checker/linearizable/engine"
	"slices"
)

// configs is a set of configurations that leaves out what another one dominates: always
// where both are equal, and else as far as a look at the latest ones shows, since looking
// at all would take quadratic time. They lie in blocks, one after the other, by number.
type configs struct {
	layout
	blocks [][]uint64
	dead   []uint64 // a bit for each: a later one dominates it
	chain  []int32  // for each: the one before it with the same first word, or none
	n      int
	exact  []int32 // hash table of all words: number+1
	latest []int32 // hash table of the first word: number+1 of the latest one
}

const (
	blockConfigs = 64
	// chainMax bounds how many configurations are compared with a new one.
	chainMax = 48
)

func newConfigs(l layout) *configs { return &configs{layout: l} }

// at returns the configuration of a number. Once it is changed, nothing can be added until
// the set is cleared.
func (s *configs) at(n int) configuration {
	w := s.words()
	from := n % blockConfigs * w
	return s.blocks[n/blockConfigs][from : from+w : from+w]
}

func (s *configs) isDead(n int) bool { return s.dead[n/64]>>(n%64)&1 == 1 }

// add takes up a copy of c. It returns its number, and false if c was dominated.
func (s *configs) add(c configuration) (n int, isNew bool) {
	if s.n >= len(s.exact)/2 {
		s.grow()
	}
	at, found := s.find(c)
	if found {
		return 0, false
	}
	head := s.head(c[0])
	for i, looked := s.latest[head]-1, 0; i >= 0 && looked < chainMax; i, looked = s.chain[i], looked+1 {
		if s.isDead(int(i)) {
			continue
		}
		other := s.at(int(i))
		if s.dominates(other, c) {
			return 0, false
		}
		if s.dominates(c, other) {
			s.dead[i/64] |= 1 << (i % 64)
		}
	}
	n = s.n
	s.n++
	if n/blockConfigs == len(s.blocks) {
		s.blocks = append(s.blocks, make([]uint64, blockConfigs*s.words()))
	}
	copy(s.at(n), c)
	if n/64 == len(s.dead) {
		s.dead = append(s.dead, 0)
	}
	s.exact[at] = int32(n) + 1
	s.chain = append(s.chain, s.latest[head]-1)
	s.latest[head] = int32(n) + 1
	return n, true
}

// find returns where c stands in the exact table, or could.
func (s *configs) find(c configuration) (at int, found bool) {
	mask := len(s.exact) - 1
	for at = int(hash(c)) & mask; s.exact[at] != 0; at = (at + 1) & mask {
		if slices.Equal(s.at(int(s.exact[at]-1)), c) {
			return at, true
		}
	}
	return at, false
}

// head returns where the latest configuration with this first word stands, or could.
func (s *configs) head(first uint64) int {
	mask := len(s.latest) - 1
	at := int(mix(first)) & mask
	for s.latest[at] != 0 && s.at(int(s.latest[at] - 1))[0] != first {
		at = (at + 1) & mask
	}
	return at
}

func (s *configs) grow() {
	size := max(64, 2*len(s.exact))
	s.exact, s.latest = make([]int32, size), make([]int32, size)
	for n := range s.n {
		c := s.at(n)
		at, _ := s.find(c)
		s.exact[at] = int32(n) + 1
		s.latest[s.head(c[0])] = int32(n) + 1
	}
}

// clear empties the set. It keeps memory for about as many as there were.
func (s *configs) clear() {
	if size := 1 << bits.Len(uint(4*s.n+63)); size < len(s.exact) {
		s.exact, s.latest = make([]int32, size), make([]int32, size) // a part would keep the whole
	} else {
		clear(s.exact)
		clear(s.latest)
	}
	if keep := s.n/blockConfigs + 1; keep < len(s.blocks) {
		clear(s.blocks[keep:])
		s.blocks = s.blocks[:keep]
	}
	s.chain, s.dead, s.n = s.chain[:0], s.dead[:0], 0
}

// bytes returns about how much memory the set holds.
func (s *configs) bytes() int64 {
	if s.n > engine.CountMax {
		return engine.Beyond
	}
	const header = 24 // of a slice
	return int64(len(s.blocks))*blockConfigs*8*int64(s.words()) + int64(cap(s.blocks))*header + int64(cap(s.dead))*8 +
		4*int64(cap(s.chain)+cap(s.exact)+cap(s.latest))
}

// hash mixes all words, after FNV-1a with a stronger round.
func hash(c configuration) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, w := range c {
		h = mix(h ^ w)
	}
	return h
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
// number generators", 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
