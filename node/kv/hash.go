package kv

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// The hash of a state is the sum, modulo 2⁶⁴, of one hash for each item and session.
// A sum can be kept up to date as single elements come and go, in any order.

func hashItem(key string, item Item) uint64 {
	var h hasher
	h.begin("item")
	h.text(key)
	h.text(item.Value)
	h.number(item.Revision)
	return h.digest.Sum64()
}

func hashSession(client string, s *Session) uint64 {
	var h hasher
	h.begin("session")
	h.text(client)
	h.number(s.Seq)
	h.number(s.Index)
	h.result(&s.Result)
	return h.digest.Sum64()
}

// hasher writes fields one after another, each so that it cannot run into the next.
type hasher struct{ digest xxhash.Digest }

func (h *hasher) begin(kind string) {
	h.digest.Reset()
	h.text(kind)
}

func (h *hasher) result(r *Result) {
	h.number(uint64(r.Code))
	h.text(r.Value)
	h.flag(r.Found)
	h.flag(r.Swapped)
	h.number(r.Revision)
	h.number(uint64(len(r.Items)))
	for _, item := range r.Items {
		h.text(item.Key)
		h.text(item.Item.Value)
		h.number(item.Item.Revision)
	}
	h.flag(r.More)
	h.flag(r.Succeeded)
	h.number(uint64(len(r.Results)))
	for i := range r.Results {
		h.result(&r.Results[i])
	}
	h.number(uint64(r.FailedOp))
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
