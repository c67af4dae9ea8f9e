package codec

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAReaderReturnsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOf(rapid.Uint64()).Draw(t, "numbers")
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		var b []byte
		for _, n := range numbers {
			b = binary.AppendUvarint(b, n)
		}
		b = AppendBytes(b, text)
		r := NewReader(b)
		for _, n := range numbers {
			require.Equal(t, n, r.Uvarint())
		}
		require.Equal(t, string(text), string(r.Bytes(len(text))))
		require.NoError(t, r.Close())
	})
}

func TestAReaderRefuses(t *testing.T) {
	for name, read := range map[string]func() error{
		"a number that is cut off":          func() error { r := NewReader([]byte{0x80}); r.Uvarint(); return r.Close() },
		"a number that is not the shortest": func() error { r := NewReader([]byte{0x80, 0}); r.Uvarint(); return r.Close() },
		"bytes that are not there":          func() error { r := NewReader([]byte{3, 1}); r.Bytes(9); return r.Close() },
		"more bytes than may be":            func() error { r := NewReader([]byte{3, 1, 2, 3}); r.Bytes(2); return r.Close() },
		"bytes after the end":               func() error { r := NewReader([]byte{1, 1}); r.Uvarint(); return r.Close() },
		"anything after an error": func() error {
			r := NewReader([]byte{0x80, 0, 1})
			r.Uvarint()
			r.Uvarint()
			r.Bytes(1)
			return r.Close()
		},
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, read()) })
	}
}
