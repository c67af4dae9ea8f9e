package transport

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

const (
	// bufferBytes is how much is read in one system call where frames are small.
	bufferBytes = 64 << 10
	// copiedBytesMax bounds the frames that are copied next to each other; a longer one is
	// written from where it is.
	copiedBytesMax = 16 << 10
)

// frameWriter writes frames to one connection. It keeps its buffer from one call to the
// next, so it serves one goroutine.
type frameWriter struct {
	conn   io.Writer
	buffer []byte
}

// write writes each frame after its length, 4 bytes big-endian: all in one vectored write
// (writev(2)) where the connection is TCP, and in few TLS records where it is TLS.
func (w *frameWriter) write(frames ...[]byte) error {
	var parts net.Buffers
	buffer, begin := w.buffer[:0], 0
	for _, frame := range frames {
		buffer = binary.BigEndian.AppendUint32(buffer, uint32(len(frame)))
		if len(frame) <= copiedBytesMax {
			buffer = append(buffer, frame...)
			continue
		}
		// Should the buffer move when it grows, this part stays where it was.
		parts = append(parts, buffer[begin:], frame)
		begin = len(buffer)
	}
	if begin < len(buffer) {
		parts = append(parts, buffer[begin:])
	}
	if cap(buffer) <= 4*bufferBytes { // a burst does not keep its memory
		w.buffer = buffer
	}
	_, err := parts.WriteTo(w.conn)
	return err
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
