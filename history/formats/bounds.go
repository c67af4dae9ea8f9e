package formats

import (
	"io"

	"senkei/history"
)

const (
	// RatioMax is how many times as long as a packed file its content may be, unless Options
	// say more. Histories are packed to a fiftieth at best; what grows beyond this was made
	// to fill a memory.
	RatioMax = 200
	// ratioFrom is how much may be unpacked whatever the ratio is.
	ratioFrom = 64 << 20
	// unendedMax bounds what is read of something that need not end, such as a pipe.
	unendedMax = 16 << 30
)

// counted counts the bytes that are read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// unended refuses what does not end.
type unended struct{ counted }

func (e *unended) Read(b []byte) (int, error) {
	n, err := e.counted.Read(b)
	if e.n > unendedMax {
		return 0, history.Wrong(0, "no end after %d GiB; write the history to a file, and name that", unendedMax>>30)
	}
	return n, err
}
