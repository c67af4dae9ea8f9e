package codec

import (
	"encoding/binary"
	"fmt"
)

// TakeUvarint splits a varint off data. Only the shortest form of a number is one.
func TakeUvarint(data []byte) (n uint64, rest []byte, err error) {
	n, size := binary.Uvarint(data)
	if size <= 0 || size > 1 && data[size-1] == 0 {
		return 0, nil, fmt.Errorf("%x does not begin with a varint", data[:min(len(data), binary.MaxVarintLen64)])
	}
	return n, data[size:], nil
}

// Reader takes a value apart that was put together from varints and byte strings. Once
// something is wrong every method returns nothing, and Close says what was.
type Reader struct {
	rest []byte
	err  error
}

// NewReader reads data, which it keeps.
func NewReader(data []byte) *Reader { return &Reader{rest: data} }

// Uvarint returns the next number.
func (r *Reader) Uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	if len(r.rest) > 0 && r.rest[0] < 0x80 { // most are
		n := uint64(r.rest[0])
		r.rest = r.rest[1:]
		return n
	}
	n, rest, err := TakeUvarint(r.rest)
	r.rest, r.err = rest, err
	return n
}

// Bytes returns the next byte string, which lies in the data, of at most sizeBytesMax bytes.
func (r *Reader) Bytes(sizeBytesMax int) []byte {
	size := r.Uvarint()
	if r.err == nil && (size > uint64(sizeBytesMax) || size > uint64(len(r.rest))) {
		r.err = fmt.Errorf("a byte string of %d bytes, of which there are %d and at most %d may be", size, len(r.rest), sizeBytesMax)
	}
	if r.err != nil {
		return nil
	}
	b := r.rest[:size:size]
	r.rest = r.rest[size:]
	return b
}

// Rest is how many bytes are left.
func (r *Reader) Rest() int { return len(r.rest) }

// Close returns what was wrong, bytes that are left included.
func (r *Reader) Close() error {
	if r.err == nil && len(r.rest) > 0 {
		r.err = fmt.Errorf("%d bytes follow the end", len(r.rest))
	}
	return r.err
}

// AppendBytes adds a byte string for Bytes to b.
func AppendBytes[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
