package kv

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// The hash of a state is the sum, modulo 2⁶⁴, of one hash for each item and session.
// A sum can be kept up to date as single elements come and go, in any order.

func hashItem(key string, item Item) uint64 {
	h := newHasher("item")
	h.text(key)
	h.text(item.Value)
	h.number(item.Revision)
	return h.digest.Sum64()
}

func hashSession(client string, s Session) uint64 {
	h := newHasher("session")
	h.text(client)
	h.number(s.Seq)
	h.number(s.Index)
	h.number(uint64(s.Result.Code))
	h.text(s.Result.Value)
	h.flag(s.Result.Found)
	h.flag(s.Result.Swapped)
	h.number(s.Result.Revision)
	return h.digest.Sum64()
}

// hasher writes fields one after another, each so that it cannot run into the next.
type hasher struct{ digest xxhash.Digest }

func newHasher(kind string) *hasher {
	h := &hasher{}
	h.digest.Reset()
	h.text(kind)
	return h
}

func (h *hasher) text(s string) {
	h.number(uint64(len(s)))
	_, _ = h.digest.WriteString(s) // never fails
}

func (h *hasher) number(n uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	_, _ = h.digest.Write(b[:]) // never fails
}

func (h *hasher) flag(b bool) {
	if b {
		h.number(1)
	} else {
		h.number(0)
	}
}
