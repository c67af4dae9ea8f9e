package local

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// rig is a proxy between a dialling node, the test, and a peer that listens, the test
// too.
type rig struct {
	t                 *testing.T
	peer              *net.TCPListener
	forward, backward *link
	proxy             *proxy
}

func newRig(t *testing.T) *rig {
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r := &rig{t: t, peer: peer.(*net.TCPListener), forward: newLink(), backward: newLink()}
	r.proxy, err = newProxy(proxyOptions{target: peer.Addr().String(), forward: r.forward, backward: r.backward})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = peer.Close()
		r.proxy.close()
	})
	return r
}

func (r *rig) dial() *net.TCPConn {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.proxy.addr())
	require.NoError(r.t, err)
	r.t.Cleanup(func() { _ = conn.Close() })
	return conn.(*net.TCPConn)
}

func (r *rig) accept() *net.TCPConn {
	r.t.Helper()
	require.NoError(r.t, r.peer.SetDeadline(time.Now().Add(10*time.Second)))
	conn, err := r.peer.AcceptTCP()
	require.NoError(r.t, err)
	r.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// connect returns both ends of a connection that has carried a byte each way.
func (r *rig) connect() (client, server *net.TCPConn) {
	r.t.Helper()
	client = r.dial()
	server = r.accept()
	r.passes(client, server)
	r.passes(server, client)
	return client, server
}

func (r *rig) passes(from, to net.Conn) {
	r.t.Helper()
	r.send(from, "x")
	require.NoError(r.t, to.SetReadDeadline(time.Now().Add(10*time.Second)))
	got := make([]byte, 1)
	_, err := io.ReadFull(to, got)
	require.NoError(r.t, err)
	require.Equal(r.t, "x", string(got))
}

func (r *rig) send(from net.Conn, text string) {
	r.t.Helper()
	_, err := io.WriteString(from, text)
	require.NoError(r.t, err)
}

// silent shows that for a while neither a byte nor an end arrives.
func (r *rig) silent(conn net.Conn) {
	r.t.Helper()
	require.NoError(r.t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	n, err := conn.Read(make([]byte, 1))
	require.Zero(r.t, n)
	require.ErrorIs(r.t, err, os.ErrDeadlineExceeded)
}

func (r *rig) isReset(conn net.Conn) {
	r.t.Helper()
	require.NoError(r.t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err := io.Copy(io.Discard, conn)
	require.ErrorIs(r.t, err, unix.ECONNRESET)
}

// fill writes until nothing more is taken for a while, and returns how much was.
func (r *rig) fill(conn net.Conn) int {
	r.t.Helper()
	total := 0
	for block := make([]byte, 64<<10); ; {
		require.NoError(r.t, conn.SetWriteDeadline(time.Now().Add(200*time.Millisecond)))
		n, err := conn.Write(block)
		total += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return total
		}
		require.NoError(r.t, err)
		require.Less(r.t, total, 256<<20, "something buffers without bound")
	}
}

// waiting is how much the kernel holds for a reader of conn.
func (r *rig) waiting(conn *net.TCPConn) int {
	r.t.Helper()
	raw, err := conn.SyscallConn()
	require.NoError(r.t, err)
	var n int
	require.NoError(r.t, raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.SIOCINQ) }))
	require.NoError(r.t, err)
	return n
}

// forgetsAll shows that nothing is kept of connections that have ended.
func (r *rig) forgetsAll() {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return len(r.proxy.slots) == 1 }, 10*time.Second, time.Millisecond,
		"only the slot of the next connection is taken")
	for _, g := range []*link{r.forward, r.backward} {
		g.mu.Lock()
		require.Empty(r.t, g.relays)
		g.mu.Unlock()
	}
}

func TestAWholeLinkCarriesBytesAndEnds(t *testing.T) {
	r := newRig(t)
	client, server := r.connect()
	r.send(client, "question")
	require.NoError(t, client.CloseWrite())
	question, err := io.ReadAll(server)
	require.NoError(t, err)
	require.Equal(t, "question", string(question))
	r.send(server, "answer")
	require.NoError(t, server.Close())
	answer, err := io.ReadAll(client)
	require.NoError(t, err)
	require.Equal(t, "answer", string(answer))
	r.forgetsAll()
}

func TestAResetIsCarriedToo(t *testing.T) {
	r := newRig(t)
	client, server := r.connect()
	abort(client)
	r.isReset(server)
	client, server = r.connect()
	abort(server)
	r.isReset(client)
}

func TestADialToADeadPeerIsReset(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.peer.Close())
	client, err := net.Dial("tcp", r.proxy.addr())
	if err == nil { // else the reset was faster
		defer client.Close()
		_, err = client.Read(make([]byte, 1))
	}
	require.ErrorIs(t, err, unix.ECONNRESET)
}

func TestACutSwallowsOneDirectionAndTellsNobody(t *testing.T) {
	for _, test := range []struct {
		name string
		cut  func(r *rig) *link
		ends func(client, server *net.TCPConn) (from, to *net.TCPConn)
	}{
		{"that of the dialling node",
			func(r *rig) *link { return r.forward },
			func(client, server *net.TCPConn) (from, to *net.TCPConn) { return client, server }},
		{"that of the peer's answers",
			func(r *rig) *link { return r.backward },
			func(client, server *net.TCPConn) (from, to *net.TCPConn) { return server, client }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			from, to := test.ends(r.connect())
			test.cut(r).sever()
			r.send(from, "lost")
			r.silent(to)
			r.passes(to, from)
			r.send(from, "lost too")
			r.silent(to)
			r.passes(to, from)

			test.cut(r).mend()
			r.isReset(from)
			r.isReset(to)
			r.connect()
		})
	}
}

func TestACutSwallowsAnEnd(t *testing.T) {
	for name, end := range map[string]func(*net.TCPConn){
		"close": func(c *net.TCPConn) { _ = c.Close() },
		"reset": abort,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			client, server := r.connect()
			r.forward.sever()
			end(client)
			r.silent(server)
			r.forward.mend()
			r.isReset(server)
		})
	}
}

func TestAConnectionOnWhichNothingWasLostSurvivesTheCut(t *testing.T) {
	r := newRig(t)
	client, server := r.connect()
	r.forward.sever()
	r.backward.sever()
	r.silent(client)
	r.silent(server)
	r.backward.mend()
	r.forward.mend()
	r.forward.mend()
	r.passes(client, server)
	r.passes(server, client)
}

func TestADialOverACutLinkReachesNobodyUntilItIsMended(t *testing.T) {
	r := newRig(t)
	r.forward.sever()
	client := r.dial()
	r.send(client, "hello?")
	r.silent(client)
	require.NoError(t, r.peer.SetDeadline(time.Now().Add(50*time.Millisecond)))
	_, err := r.peer.Accept()
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	r.forward.mend()
	r.isReset(client)
	r.connect()
}

func TestAConnectionGivenUpDuringTheCutIsForgotten(t *testing.T) {
	r := newRig(t)
	r.forward.sever()
	require.NoError(t, r.dial().Close())
	r.forgetsAll()
}

func TestASlowReceiverSlowsTheSender(t *testing.T) {
	r := newRig(t)
	client, server := r.connect()
	total := r.fill(client)
	require.NoError(t, client.CloseWrite())
	got, err := io.Copy(io.Discard, server)
	require.NoError(t, err)
	require.EqualValues(t, total, got)
}

func TestWhenACutReturnsNotOneMoreByteReachesTheReceiversKernel(t *testing.T) {
	r := newRig(t)
	client, server := r.connect()
	r.fill(client)
	r.forward.sever()
	arrived := r.waiting(server)
	require.NotZero(t, arrived)
	require.NoError(t, client.SetWriteDeadline(time.Time{}))
	r.send(client, "lost")
	r.silent(client)

	// Reading makes room for bytes that may still be under way.
	require.NoError(t, server.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
	got, err := io.Copy(io.Discard, server)
	require.Error(t, err)
	require.LessOrEqual(t, got, int64(arrived))
	r.forward.mend()
	r.isReset(client)
}

func TestACutUnderLoadLetsNothingThroughThatWasSentAfterIt(t *testing.T) {
	r := newRig(t)
	client, server := r.connect()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = client.Write([]byte("before"))
			}
		}
	}()
	_, err := io.ReadFull(server, make([]byte, 1<<20))
	require.NoError(t, err)
	r.forward.sever()
	close(stop)
	<-stopped
	r.send(client, "AFTER")
	require.NoError(t, server.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
	got, _ := io.ReadAll(server)
	require.NotContains(t, string(got), "A")
}

func TestCloseEndsConnectionsInEveryState(t *testing.T) {
	r := newRig(t)
	idle, _ := r.connect()
	full, _ := r.connect()
	r.fill(full)
	r.forward.sever()
	hole := r.dial()
	r.proxy.close()
	r.isReset(idle)
	r.isReset(full)
	r.isReset(hole)
}

func TestAReservedPortIsNotGivenToAnybodyElse(t *testing.T) {
	p, err := reserve()
	require.NoError(t, err)
	defer p.release()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	address := unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: p.number}
	require.ErrorIs(t, unix.Bind(fd, &address), unix.EADDRINUSE)
}

func TestAReservedPortCanBeListenedOnAgainAndAgain(t *testing.T) {
	p, err := reserve()
	require.NoError(t, err)
	defer p.release()
	_, err = net.Dial("tcp", p.String())
	require.ErrorIs(t, err, unix.ECONNREFUSED)
	for range 3 {
		l, err := net.Listen("tcp", p.String())
		require.NoError(t, err)
		client, err := net.Dial("tcp", p.String())
		require.NoError(t, err)
		server, err := l.Accept()
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.NoError(t, server.Close())
		require.NoError(t, client.Close())
	}
}
