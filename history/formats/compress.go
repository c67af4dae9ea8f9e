package formats

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"senkei/history"
)

// windowBytesMax bounds the memory that a zstd file may ask for.
const windowBytesMax = 128 << 20

// IsPacked reports whether the file at path is packed, by its first bytes.
func IsPacked(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	magic := make([]byte, 4)
	n, _ := io.ReadFull(file, magic)
	return packing(magic[:n]) != ""
}

// packing returns what a file is packed with that begins like this; empty for nothing.
func packing(magic []byte) string {
	switch {
	case len(magic) >= 2 && magic[0] == 0x1f && magic[1] == 0x8b:
		return "gzip"
	case string(magic) == "\x28\xb5\x2f\xfd":
		return "zstd"
	default:
		return ""
	}
}

// decompress returns what r holds, unpacked if it is gzip or zstd by its first bytes. Closing
// it does not close r.
func decompress(r io.Reader) (io.ReadCloser, error) {
	in := bufio.NewReader(r)
	magic, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read history: %w", err)
	}
	switch packing(magic) {
	case "gzip":
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, damaged("gzip", err)
		}
		return &packed{name: "gzip", Reader: unpacked, Closer: unpacked}, nil
	case "zstd":
		// One at a time, so that it starts no goroutine.
		unpacked, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowBytesMax))
		if err != nil {
			return nil, damaged("zstd", err)
		}
		return &packed{name: "zstd", Reader: unpacked, Closer: unpacked.IOReadCloser()}, nil
	default:
		return io.NopCloser(in), nil
	}
}

// packed says of damage where it is: not in the history but in the file around it. Data that
// ends too early, as after a crash or on a full disk, is good up to there.
type packed struct {
	name string
	cut  bool
	io.Reader
	io.Closer
}

func (p *packed) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		p.cut, err = true, io.EOF
	case err != nil && !errors.Is(err, io.EOF):
		err = damaged(p.name, err)
	}
	return n, err
}

func damaged(name string, err error) error {
	return history.Wrong(0, "the %s data is damaged (%v); take a whole copy of the file", name, err)
}
