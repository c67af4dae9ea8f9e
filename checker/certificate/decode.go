package certificate

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"senkei/history"
)

// Bounds of a file that comes from outside.
const (
	headBytesMax   = 64 << 10
	reasonBytesMax = 256     // of a key that is unknown
	opBytesMax     = 2 << 10 // for an operation, beside its key: an ID, or a line with a reason, escaped
	escapedMax     = 6       // bytes that JSON may need for one
)

// sizeMax returns how many bytes the certificate of a history can have.
func sizeMax(h history.History) int64 {
	size := int64(headBytesMax)
	for _, op := range h.Ops {
		size += opBytesMax + escapedMax*int64(len(op.In.Key))
	}
	return size
}

// Decode reads what Encode wrote of a certificate of h, and nothing that is longer than any
// of these. The error names the line that is wrong. It does not say whether the certificate
// holds, for h or at all.
func Decode(r io.Reader, h history.History) (Certificate, error) {
	d := decoder{in: bufio.NewReader(io.LimitReader(r, sizeMax(h)))}
	c, err := d.certificate(h)
	if err != nil && d.number > 0 {
		err = fmt.Errorf("line %d: %w", d.number, err)
	}
	return c, err
}

type decoder struct {
	in     *bufio.Reader
	number int // of the line in hand
}

func (d *decoder) line() ([]byte, error) {
	d.number++
	line, err := d.in.ReadBytes('\n')
	switch {
	case err == io.EOF:
		return nil, errors.New("the file ends here, or is too long to be a certificate of this history; write it again with `senkei check --certificate`")
	case err != nil:
		return nil, err
	default:
		return line, nil
	}
}

func (d *decoder) certificate(h history.History) (Certificate, error) {
	sum := sha256.New()
	line, err := d.line()
	if err != nil {
		return Certificate{}, err
	}
	sum.Write(line)
	var first head
	if err := strictly(line, &first); err != nil {
		return Certificate{}, fmt.Errorf("it does not begin a certificate: %w", err)
	}
	if first.Version != version || first.Keys < 0 || first.Keys > len(h.Ops) {
		return Certificate{}, fmt.Errorf("a certificate of version %d and of %d keys cannot be one of this history: versions end with %d, and the history has %d operations",
			first.Version, first.Keys, version, len(h.Ops))
	}
	c := Certificate{Model: first.Model, History: first.History, Keys: make([]Key, first.Keys)}
	for i := range c.Keys {
		if line, err = d.line(); err != nil {
			return Certificate{}, err
		}
		sum.Write(line)
		if err := strictly(line, &c.Keys[i]); err != nil {
			return Certificate{}, fmt.Errorf("this is not what was found of a key: %w", err)
		}
		if err := c.Keys[i].validate(); err != nil {
			return Certificate{}, fmt.Errorf("key %q: %w", c.Keys[i].Key, err)
		}
	}
	return c, d.end(sum.Sum(nil))
}

// end reads the last line.
func (d *decoder) end(sum []byte) error {
	line, err := d.line()
	if err != nil {
		return err
	}
	if !bytes.Equal(line, lastLine(sum)) {
		return errors.New("the SHA-256 here is not that of the lines before, so the file is damaged")
	}
	if _, err := d.in.ReadByte(); err != io.EOF {
		return errors.New("something follows the certificate")
	}
	return nil
}
