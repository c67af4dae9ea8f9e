package transport

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/node/limits"
	"senkei/node/raft"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// waitMax bounds every wait; it is long because machines under test are busy.
const waitMax = 20 * time.Second

// nobody is an address where nothing listens: the port is reserved for a service of old.
const nobody = "127.0.0.1:1"

// node is one transport and what it was delivered and logged.
type node struct {
	*Transport
	frames chan string // "from: frame"
	log    *safeBuffer
}

// safeBuffer is a buffer that goroutines share.
type safeBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func reserve(t *testing.T) net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// start starts a transport on the listener; the test ends it.
func start(t *testing.T, id raft.ID, listener net.Listener, peers map[raft.ID]string) *node {
	return startAs(t, listener, Config{ID: id, Peers: peers})
}

// startAs completes the configuration and starts a transport; the test ends it.
func startAs(t *testing.T, listener net.Listener, cfg Config) *node {
	n := &node{frames: make(chan string, 100_000), log: &safeBuffer{}}
	cfg.ClientAddr = "client-of-" + string(cfg.ID)
	cfg.PeerAddr = listener.Addr().String()
	cfg.Deliver = func(from raft.ID, frame []byte) { n.frames <- fmt.Sprintf("%s: %s", from, frame) }
	cfg.Logger = slog.New(slog.NewTextHandler(n.log, nil))
	var err error
	n.Transport, err = New(listener, cfg)
	require.NoError(t, err)
	return n
}

// end closes a transport when the test is over.
func (n *node) end(t *testing.T) *node {
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

// pair starts n1 and n2.
func pair(t *testing.T) (*node, *node) {
	l1, l2 := reserve(t), reserve(t)
	peers := map[raft.ID]string{"n1": l1.Addr().String(), "n2": l2.Addr().String()}
	n1, n2 := start(t, "n1", l1, peers), start(t, "n2", l2, peers)
	t.Cleanup(func() { require.NoError(t, n1.Close()) })
	t.Cleanup(func() { require.NoError(t, n2.Close()) })
	return n1, n2
}

func (n *node) next(t *testing.T) string {
	t.Helper()
	select {
	case frame := <-n.frames:
		return frame
	case <-time.After(waitMax):
		t.Fatalf("no frame arrived; log:\n%s", n.log)
		return ""
	}
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, waitMax, 2*time.Millisecond, what)
}

// reach sends until the receiver has got something, and forgets that.
func reach(t *testing.T, from, to *node) {
	t.Helper()
	eventually(t, "a frame arrives", func() bool {
		from.Send(to.cfg.ID, []byte("ping"))
		return len(to.frames) > 0
	})
	from.Send(to.cfg.ID, []byte("go"))
	for !strings.HasSuffix(to.next(t), ": go") {
	}
}

func TestFramesArriveWholeAndInOrderInBothDirections(t *testing.T) {
	n1, n2 := pair(t)
	reach(t, n1, n2)
	reach(t, n2, n1)
	const count = 2000
	for i := range count {
		n1.Send("n2", fmt.Appendf(nil, "%d", i))
		n2.Send("n1", fmt.Appendf(nil, "%d", i))
	}
	for i := range count {
		require.Equal(t, fmt.Sprintf("n1: %d", i), n2.next(t))
		require.Equal(t, fmt.Sprintf("n2: %d", i), n1.next(t))
	}
	large := strings.Repeat("x", limits.FrameBytesMax)
	n1.Send("n2", nil)
	n1.Send("n2", []byte(large))
	require.Equal(t, "n1: ", n2.next(t))
	require.Equal(t, "n1: "+large, n2.next(t))
}

func TestStatsCountFrames(t *testing.T) {
	n1, n2 := pair(t)
	sent := uint64(0)
	eventually(t, "frames arrive", func() bool {
		n1.Send("n2", []byte("x"))
		sent++
		return len(n2.frames) > 10
	})
	eventually(t, "every frame is counted", func() bool {
		n1, n2 := n1.Stats()["n2"], n2.Stats()["n1"]
		return n1.Sent+n1.Dropped == sent && n2.Received == n1.Sent
	})
	dropped := n1.Stats()["n2"].Dropped
	n1.Send("n2", make([]byte, limits.FrameBytesMax+1))
	require.Equal(t, dropped+1, n1.Stats()["n2"].Dropped, "an oversize frame is dropped")
	n1.Send("n9", []byte("x"))
	require.NotContains(t, n1.Stats(), raft.ID("n9"))
	require.NotContains(t, n1.Stats(), raft.ID("n1"))
}

func TestSendNeverBlocksAndDropsWhatDoesNotFit(t *testing.T) {
	silent := reserve(t) // the kernel accepts for it, but nobody reads
	defer func() { require.NoError(t, silent.Close()) }()
	n1 := start(t, "n1", reserve(t), map[raft.ID]string{"n2": silent.Addr().String()})
	defer func() { require.NoError(t, n1.Close()) }()
	began := time.Now()
	frame := make([]byte, 1<<20)
	for range 500 {
		n1.Send("n2", frame)
	}
	require.Less(t, time.Since(began), time.Second)
	require.NotZero(t, n1.Stats()["n2"].Dropped)
}

func TestQueueIsBoundedByNumberAndSize(t *testing.T) {
	q := newQueue()
	for range limits.QueuedFramesMax {
		require.True(t, q.push(nil))
	}
	require.False(t, q.push(nil))
	require.Len(t, q.take(), limits.QueuedFramesMax)

	large := make([]byte, limits.FrameBytesMax)
	for range limits.QueuedBytesMax / limits.FrameBytesMax {
		require.True(t, q.push(large))
	}
	require.False(t, q.push([]byte{1}))
	require.True(t, q.push(nil), "an empty frame takes no bytes")
	q.take()
	require.True(t, q.push(large))
	require.False(t, q.push(make([]byte, limits.FrameBytesMax+1)))
}

func TestAPeerIsReachedAgainAfterItsRestart(t *testing.T) {
	l1, l2 := reserve(t), reserve(t)
	peers := map[raft.ID]string{"n1": l1.Addr().String(), "n2": l2.Addr().String()}
	n1, n2 := start(t, "n1", l1, peers), start(t, "n2", l2, peers)
	defer func() { require.NoError(t, n1.Close()) }()
	for range 3 {
		reach(t, n1, n2)
		reach(t, n2, n1)
		require.NoError(t, n2.Close())
		n1.Send("n2", []byte("lost"))

		again, err := net.Listen("tcp", peers["n2"])
		require.NoError(t, err)
		n2 = start(t, "n2", again, peers)
	}
	reach(t, n1, n2)
	require.NoError(t, n2.Close())
	require.Contains(t, n1.log.String(), `msg="no connection to peer" peer=n2`)
}

func TestFramesForAnUnreachablePeerAreNotKept(t *testing.T) {
	n1 := start(t, "n1", reserve(t), map[raft.ID]string{"n2": nobody})
	defer func() { require.NoError(t, n1.Close()) }()
	for dropped := uint64(1); dropped <= 3; dropped++ {
		n1.Send("n2", []byte("old news"))
		eventually(t, "the frame is dropped", func() bool { return n1.Stats()["n2"].Dropped == dropped })
	}
	require.Equal(t, 1, strings.Count(n1.log.String(), "no connection to peer"), "an outage is logged once")
}

func TestClientAddressesAreAdvertised(t *testing.T) {
	n1, n2 := pair(t)
	eventually(t, "n1 knows n2", func() bool { return n1.ClientAddr("n2") == "client-of-n2" })
	eventually(t, "n2 knows n1", func() bool { return n2.ClientAddr("n1") == "client-of-n1" })
	require.Equal(t, "client-of-n1", n1.ClientAddr("n1"))
	require.Empty(t, n1.ClientAddr("n9"))
}

func TestANewConnectionIsLoggedOnceItHasSettled(t *testing.T) {
	n1, _ := pair(t)
	eventually(t, "the log says so", func() bool {
		return strings.Contains(n1.log.String(), `msg="connected to peer" peer=n2`)
	})
}

func TestAPeerThatRefusesIsLoggedOnceAndNotDialledInAHurry(t *testing.T) {
	l1, l2 := reserve(t), reserve(t)
	n1 := startAs(t, l1, Config{ID: "n1", Cluster: "here", Peers: map[raft.ID]string{"n2": l2.Addr().String()}})
	stranger := startAs(t, l2, Config{ID: "n2", Cluster: "there"})
	eventually(t, "n2 refuses", func() bool { return strings.Contains(stranger.log.String(), "refused") })
	require.Never(t, func() bool {
		return strings.Count(stranger.log.String(), "refused a connection") > 1 ||
			strings.Count(n1.log.String(), "\n") > 5 // a busy machine can take a late refusal for a connection that was made
	}, time.Second, 10*time.Millisecond)
	require.Contains(t, stranger.log.String(), `server \"n1\" belongs to the cluster \"here\", but this is one of \"there\"`)
	require.NoError(t, n1.Close())
	require.NoError(t, stranger.Close())
}

func TestNewRefusesAConfigurationThatCannotWork(t *testing.T) {
	deliver := func(raft.ID, []byte) {}
	peers := map[raft.ID]string{"n2": nobody}
	for name, c := range map[string]struct {
		cfg  Config
		want string
	}{
		"no ID":                 {Config{Peers: peers, Deliver: deliver}, "no server ID"},
		"no receiver":           {Config{ID: "n1", Peers: peers}, "nobody takes the frames"},
		"a boundless address":   {Config{ID: "n1", Peers: peers, Deliver: deliver, ClientAddr: strings.Repeat("a", 5000)}, "handshake of"},
		"an ID that is no text": {Config{ID: "\xff", Peers: peers, Deliver: deliver}, "start transport: decode handshake: "},
		"a long name of the cluster": {
			Config{ID: "n1", Deliver: deliver, Cluster: strings.Repeat("c", 65)},
			"start transport: handshake with a cluster's name of 65 bytes, more than 64",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Listen("127.0.0.1:0", c.cfg)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := Listen("127.0.0.1:none", Config{ID: "n1", Deliver: deliver})
	require.ErrorContains(t, err, "listen for peers: ")
}

func TestListenServesItsAddress(t *testing.T) {
	tr, err := Listen("127.0.0.1:0", Config{ID: "n1", Deliver: func(raft.ID, []byte) {}})
	require.NoError(t, err)
	conn, err := net.Dial("tcp", tr.Addr().String())
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.NoError(t, tr.Close())
}

// frame returns data after its length.
func frame(data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
}
