package kv

import "github.com/tidwall/btree"

// Snapshot is the state of a store at one index. The store may go on changing; the snapshot
// stays as it is. It is not safe for concurrent use, but may be used while others use the
// store.
type Snapshot struct {
	applied  uint64
	hash     uint64
	items    *btree.Map[string, Item]
	sessions *btree.Map[uint64, *SessionRecord]
	starts   []position // where the chunks begin, as far as that is known
	// chunkBytesMax bounds the records of one chunk, unless the first alone is longer.
	chunkBytesMax int
}

// position is a place in the order of a snapshot's records.
type position struct {
	key   string // the first item
	index uint64 // the first session, once pastItems
	// pastItems and pastSessions say that no item, or nothing at all, remains.
	pastItems, pastSessions bool
}

// Snapshot returns the state as it is now, to be read in chunks of at most so many bytes,
// which every server must set alike, because it decides where chunks end. It takes constant
// time; afterwards the store copies what it changes, once.
func (s *Store) Snapshot(chunkBytesMax int) *Snapshot {
	return &Snapshot{
		applied: s.applied, hash: s.Hash(),
		items: s.items.Copy(), sessions: s.sessions.byIndex.Copy(),
		starts: []position{{}}, chunkBytesMax: chunkBytesMax,
	}
}

// Applied is the index that the state reaches.
func (s *Snapshot) Applied() uint64 { return s.applied }

// Chunk returns the chunk with this number, counting from 0, as DecodeChunk reads it, and
// whether it is the last; ok is false where there is none. The same state has the same
// chunks on every server. Asking for a chunk costs as much as the chunk, if the one before
// it or a later one was asked for already.
func (s *Snapshot) Chunk(number uint64) (data []byte, last, ok bool) {
	for uint64(len(s.starts)) <= number {
		_, next := s.collect(s.starts[len(s.starts)-1])
		if next.pastSessions {
			return nil, false, false
		}
		s.starts = append(s.starts, next)
	}
	c, next := s.collect(s.starts[number])
	switch {
	case next.pastSessions:
		c.Last, c.Hash = true, s.hash
	case uint64(len(s.starts)) == number+1:
		s.starts = append(s.starts, next)
	}
	return c.encode(), c.Last, true
}

// collect returns the records from one position on, as many as fit into a chunk and one at
// least, and the position after them.
func (s *Snapshot) collect(from position) (c Chunk, next position) {
	next = from
	sizeBytes := 0
	fits := func(size int) bool {
		sizeBytes += size
		return sizeBytes == size || sizeBytes <= s.chunkBytesMax
	}
	if !from.pastItems {
		next.pastItems = true
		s.items.Ascend(from.key, func(key string, item Item) bool {
			r := ItemRecord{Key: key, Item: item}
			if !fits(r.size()) {
				next = position{key: key}
				return false
			}
			c.Items = append(c.Items, r)
			return true
		})
	}
	if !next.pastItems {
		return c, next
	}
	next.pastSessions = true
	s.sessions.Ascend(from.index, func(index uint64, r *SessionRecord) bool {
		if !fits(r.size()) {
			next = position{index: index, pastItems: true}
			return false
		}
		c.Sessions = append(c.Sessions, *r)
		return true
	})
	return c, next
}
