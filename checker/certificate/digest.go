package certificate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"senkei/history"
)

// Digest returns, in hexadecimal, a SHA-256 of all that a verdict on h can rest on: requests,
// results, outcomes, and the positions of both ends. So it is the same for each file, of
// whatever format, that holds these. Who did an operation, when by the clock, and the faults
// do not count.
func Digest(h history.History) string {
	sum := sha256.New()
	sum.Write([]byte("senkei history 1\n"))
	var b []byte
	for _, op := range h.Ops {
		b = b[:0]
		for _, text := range [...]string{string(op.In.F), op.In.Key, string(op.In.Value), string(op.In.Expect), string(op.Out.Value)} {
			b = binary.AppendUvarint(b, uint64(len(text)))
			b = append(b, text...)
		}
		swapped := uint64(0)
		if op.Out.Swapped {
			swapped = 1
		}
		for _, n := range [...]uint64{swapped, op.Out.Revision, uint64(op.Outcome), uint64(op.Invoke), uint64(op.Complete)} {
			b = binary.AppendUvarint(b, n)
		}
		sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
