package transport

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func FuzzFrames(f *testing.F) {
	f.Add(append(frame([]byte("one")), frame(nil)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limitBytes = 1 << 10
		r, rest := bytes.NewReader(data), data
		for {
			got, err := readFrame(r, limitBytes)
			if err != nil {
				require.Equal(t, len(rest) == 0, err == io.EOF, "%v", err)
				return
			}
			require.LessOrEqual(t, len(got), limitBytes)
			require.True(t, bytes.HasPrefix(rest, frame(got)))
			rest = rest[len(frame(got)):]
		}
	})
}

func TestReadFrameTellsAnEndFromATornFrame(t *testing.T) {
	_, err := readFrame(bytes.NewReader(nil), 10)
	require.Equal(t, io.EOF, err)
	_, err = readFrame(bytes.NewReader([]byte{0, 0}), 10)
	require.Equal(t, io.ErrUnexpectedEOF, err)
	_, err = readFrame(bytes.NewReader([]byte{0, 0, 0, 1}), 10)
	require.Equal(t, io.ErrUnexpectedEOF, err)
	_, err = readFrame(bytes.NewReader([]byte{0, 0, 0, 11}), 10)
	require.ErrorIs(t, err, errFrameTooLong)
}

// writes keeps what every call of Write was given.
type writes [][]byte

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, p)
	return len(p), nil
}

func TestSmallFramesAreWrittenTogetherAndLargeOnesFromWhereTheyAre(t *testing.T) {
	var out writes
	w := frameWriter{conn: &out}
	small := make([][]byte, 100)
	for i := range small {
		small[i] = fmt.Appendf(nil, "%d", i)
	}
	require.NoError(t, w.write(small...))
	require.Len(t, out, 1)

	out = nil
	large := make([]byte, copiedBytesMax+1)
	require.NoError(t, w.write([]byte("a"), large, []byte("b"), large))
	require.Len(t, out, 4)
	require.Equal(t, append(frame([]byte("a")), 0, 0, 0x40, 1), out[0])
	require.Same(t, &large[0], &out[1][0], "the frame was not copied")
	require.Same(t, &large[0], &out[3][0])
}

func TestFramesAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		w := frameWriter{conn: &out}
		var all [][]byte
		for _, sizes := range rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 2*copiedBytesMax), 0, 10), 0, 5).Draw(t, "writes") {
			var frames [][]byte
			for _, size := range sizes {
				frames = append(frames, bytes.Repeat([]byte{byte(len(all) + len(frames))}, size))
			}
			require.NoError(t, w.write(frames...))
			all = append(all, frames...)
		}
		for _, want := range all {
			got, err := readFrame(&out, 2*copiedBytesMax)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got))
		}
		require.Zero(t, out.Len())
	})
}

// BenchmarkWrite measures one flush of frames over a loopback connection.
func BenchmarkWrite(b *testing.B) {
	for _, c := range []struct{ frames, bytes int }{{1, 200}, {100, 200}, {4, 1 << 20}} {
		b.Run(fmt.Sprintf("%d×%dB", c.frames, c.bytes), func(b *testing.B) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(b, err)
			conn, err := net.Dial("tcp", listener.Addr().String())
			require.NoError(b, err)
			other, err := listener.Accept()
			require.NoError(b, err)
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = io.Copy(io.Discard, other) // ends with the connection
			}()
			w := frameWriter{conn: conn}
			frames := make([][]byte, c.frames)
			for i := range frames {
				frames[i] = make([]byte, c.bytes)
			}
			b.SetBytes(int64(c.frames * c.bytes))
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, w.write(frames...))
			}
			require.NoError(b, conn.Close())
			<-done
			require.NoError(b, other.Close())
			require.NoError(b, listener.Close())
		})
	}
}
