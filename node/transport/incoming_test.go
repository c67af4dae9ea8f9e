package transport

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"

	"senkei/node/raft"
)

// alone starts n1, whose peer n2 is played by the test.
func alone(t *testing.T) *node {
	n := start(t, "n1", reserve(t), map[raft.ID]string{"n2": nobody})
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

// dial connects to the node and writes data.
func dial(t *testing.T, n *node, data []byte) net.Conn {
	conn, err := net.Dial("tcp", n.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Write(data)
	require.NoError(t, err)
	return conn
}

// requireEnd waits until the other end has closed the connection without a word.
func requireEnd(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	n, err := conn.Read(make([]byte, 1))
	require.Zero(t, n)
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection was not closed")
}

func greeting(t *testing.T) []byte {
	data, err := encodeHello(hello{From: "n2", To: "n1", ClientAddr: "client-of-n2"})
	require.NoError(t, err)
	return frame(data)
}

func TestConnectionsThatDoNotBelongHereAreRefusedWithOneLine(t *testing.T) {
	encode := func(h hello) []byte {
		data, err := cbor.Marshal(h)
		require.NoError(t, err)
		return frame(data)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"a stranger": {
			encode(hello{protocol, 1, "n9", "n1", ""}), `server \"n9\" is none of the peers`,
		},
		"this server itself": {
			encode(hello{protocol, 1, "n1", "n1", ""}), `server \"n1\" is none of the peers`,
		},
		"somebody who looks for another server": {
			encode(hello{protocol, 1, "n2", "n3", ""}), `server \"n2\" looks for server \"n3\", but this is \"n1\"`,
		},
		"a later version": {
			encode(hello{protocol, 2, "n2", "n1", ""}), `server \"n2\" speaks version 2 of the protocol instead of 1`,
		},
		"another protocol": {
			encode(hello{"etcd", 1, "n2", "n1", ""}), `it speaks \"etcd\" instead of \"senkei-peer\"`,
		},
		"a browser": {
			[]byte("GET / HTTP/1.1\r\n\r\n"), "read handshake: frame too long",
		},
		"a long handshake": {
			frame(make([]byte, maxHelloBytes+1)), "read handshake: frame too long",
		},
		"garbage":         {frame([]byte("garbage")), "decode handshake: "},
		"nothing at all":  {frame(nil), "decode handshake: EOF"},
		"half a greeting": {greeting(t)[:9], "read handshake: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			n := alone(t)
			conn := dial(t, n, c.data)
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			requireEnd(t, conn)
			lines := linesWith(n.log.String(), "refused a connection")
			require.Len(t, lines, 1)
			require.Contains(t, lines[0], c.want)
			require.Empty(t, n.ClientAddr("n2"))
		})
	}
}

// linesWith returns the lines of the log that contain a text.
func linesWith(log, text string) []string {
	var lines []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestAnOversizeFrameEndsTheConnection(t *testing.T) {
	n := alone(t)
	conn := dial(t, n, append(greeting(t), frame([]byte("good"))...))
	require.Equal(t, "n2: good", n.next(t))
	_, err := conn.Write(binary.BigEndian.AppendUint32(nil, MaxFrameBytes+1))
	require.NoError(t, err)
	requireEnd(t, conn)
	require.Contains(t, n.log.String(), `from server \"n2\": frame too long: 16777217 bytes`)
	require.Empty(t, n.frames)
}

func TestATornFrameIsNotDelivered(t *testing.T) {
	n := alone(t)
	torn := dial(t, n, append(greeting(t), frame([]byte("torn"))[:6]...))
	require.NoError(t, torn.Close())
	dial(t, n, append(greeting(t), frame([]byte("whole"))...))
	require.Equal(t, "n2: whole", n.next(t))
	require.Equal(t, uint64(1), n.Stats()["n2"].Received)
}

func TestANewConnectionReplacesTheOldOne(t *testing.T) {
	n := alone(t)
	old := dial(t, n, append(greeting(t), frame([]byte("old"))...))
	require.Equal(t, "n2: old", n.next(t))
	fresh := dial(t, n, append(greeting(t), frame([]byte("new"))...))
	require.Equal(t, "n2: new", n.next(t))
	requireEnd(t, old)
	_, err := fresh.Write(frame([]byte("newer")))
	require.NoError(t, err)
	require.Equal(t, "n2: newer", n.next(t))
}

func TestConnectionsOfOnePeerAreLimitedWhileItsFramesWait(t *testing.T) {
	listener, release := reserve(t), make(chan struct{})
	log, delivered := &safeBuffer{}, make(chan string, 10)
	n := &node{log: log}
	var err error
	n.Transport, err = New(listener, Config{
		ID: "n1", Peers: map[raft.ID]string{"n2": nobody}, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Deliver: func(_ raft.ID, frame []byte) { delivered <- string(frame); <-release },
	})
	require.NoError(t, err)

	conns := []net.Conn{dial(t, n, append(greeting(t), frame([]byte("0"))...))}
	require.Equal(t, "0", <-delivered)
	for i := 1; i < maxInboundPerPeer; i++ {
		conns = append(conns, dial(t, n, append(greeting(t), frame([]byte{'0' + byte(i)})...)))
		requireEnd(t, conns[i-1])
	}
	tooMany := dial(t, n, greeting(t))
	requireEnd(t, tooMany)
	require.Contains(t, log.String(), `from server \"n2\": too many connections`)

	close(release)
	for before, next := "0", ""; next != "3"; before = next {
		select {
		case next = <-delivered:
			require.Greater(t, next, before, "frames of replaced connections do not come after those of later ones")
		case <-time.After(patience):
			t.Fatal("the latest connection was not read")
		}
	}
	require.NoError(t, n.Close())
}

func TestConnectionsAreLimitedInAll(t *testing.T) {
	n := alone(t)
	var held []net.Conn
	for range maxInbound {
		held = append(held, dial(t, n, nil))
	}
	requireEnd(t, dial(t, n, nil))
	require.Contains(t, n.log.String(), "too many connections")

	require.NoError(t, held[0].Close())
	eventually(t, "a place is free again", func() bool {
		conn, err := net.Dial("tcp", n.Addr().String())
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_, err = conn.Write(append(greeting(t), frame([]byte("served"))...))
		if err != nil {
			return false
		}
		select {
		case <-n.frames:
			return true
		case <-time.After(10 * time.Millisecond):
			return false
		}
	})
}

func TestAHandshakeThatDoesNotComeIsNotAwaitedForLong(t *testing.T) {
	t.Parallel()
	n := alone(t)
	began := time.Now()
	requireEnd(t, dial(t, n, nil))
	require.GreaterOrEqual(t, time.Since(began), handshakeTimeout-100*time.Millisecond)
	require.Contains(t, n.log.String(), "read handshake: ")
}

func FuzzDecodeHello(f *testing.F) {
	good, err := encodeHello(hello{From: "n2", To: "n1", ClientAddr: "127.0.0.1:1"})
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte{0xa1, 0x03, 0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := decodeHello(data)
		if err != nil || h.check("n1", map[raft.ID]*peer{"n2": {}}) != nil {
			return
		}
		require.Equal(t, raft.ID("n2"), h.From)
		again, err := encodeHello(h)
		require.NoError(t, err)
		got, err := decodeHello(again)
		require.NoError(t, err)
		require.Equal(t, h, got)
	})
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frame([]byte("frame")))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readFrame(bytes.NewReader(data), 1<<10)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(got), 1<<10)
		require.True(t, bytes.HasPrefix(data, frame(got)))
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
