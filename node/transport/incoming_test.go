package transport

import (
	"encoding/binary"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"

	"senkei/node/limits"
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
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(waitMax)))
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
	const version = protocolVersion
	encode := func(protocol string, version uint, from, to raft.ID, cluster string) []byte {
		data, err := cbor.Marshal(hello{Protocol: protocol, Version: version, From: from, To: to, Cluster: cluster})
		require.NoError(t, err)
		return frame(data)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"this server itself": {
			encode(protocol, version, "n1", "n1", ""), `it says that it is server \"n1\", which is this one`,
		},
		"nobody": {
			encode(protocol, version, "", "n1", ""), "it does not say which server it is",
		},
		"somebody who looks for another server": {
			encode(protocol, version, "n2", "n3", ""), `server \"n2\" looks for server \"n3\", but this is \"n1\"`,
		},
		"a server of another cluster": {
			encode(protocol, version, "n2", "n1", "staging"),
			`server \"n2\" belongs to the cluster \"staging\", but this is one of \"\"`,
		},
		"a later version": {
			encode(protocol, version+1, "n2", "n1", ""), `server \"n2\" speaks version 3 of the protocol instead of 2`,
		},
		"another protocol": {
			encode("etcd", version, "n2", "n1", ""), `it speaks \"etcd\" instead of \"senkei-peer\"`,
		},
		"a long name": {
			encode(protocol, version, raft.ID(strings.Repeat("n", 65)), "n1", ""), "handshake with a sender's name of 65 bytes, more than 64",
		},
		"a browser": {
			[]byte("GET / HTTP/1.1\r\n\r\n"), "read handshake: frame too long",
		},
		"a long handshake": {
			frame(make([]byte, limits.HelloBytesMax+1)), "read handshake: frame too long",
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
	_, err := conn.Write(binary.BigEndian.AppendUint32(nil, limits.FrameBytesMax+1))
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
	for i := 1; i < limits.ConnectionsPerServerMax; i++ {
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
		case <-time.After(waitMax):
			t.Fatal("the latest connection was not read")
		}
	}
	require.NoError(t, n.Close())
}

func TestConnectionsAreLimitedInAll(t *testing.T) {
	n := alone(t)
	var held []net.Conn
	for range limits.ConnectionsMax {
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
