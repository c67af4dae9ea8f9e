package transport

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// MaxFrameBytes bounds a frame: 16 MiB.
const MaxFrameBytes = 16 << 20

// bufferBytes is how much is read or written in one system call where frames are small.
const bufferBytes = 64 << 10

// writeFrames writes each frame after its length, 4 bytes big-endian, and flushes.
func writeFrames(w *bufio.Writer, frames ...[]byte) error {
	for _, frame := range frames {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(frame)))
		if _, err := w.Write(length[:]); err != nil {
			return err
		}
		if _, err := w.Write(frame); err != nil {
			return err
		}
	}
	return w.Flush()
}

// readFrame reads one frame. It returns io.EOF only where a frame could have begun.
func readFrame(r io.Reader, limitBytes uint32) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(header[:])
	if length > limitBytes {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", errFrameTooLong, length, limitBytes)
	}
	frame := make([]byte, length)
	if _, err := io.ReadFull(r, frame); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return frame, nil
}
