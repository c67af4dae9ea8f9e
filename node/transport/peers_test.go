package transport

import (
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/limits"
	"senkei/node/raft"
)

// peersAre waits until a node knows exactly these peers, guests included.
func peersAre(t *testing.T, n *node, want ...raft.ID) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s knows %v", n.cfg.ID, want), func() bool {
		stats := n.Stats()
		for _, id := range want {
			if _, known := stats[id]; !known {
				return false
			}
		}
		return len(stats) == len(want)
	})
}

func TestOtherPeersComeAndGoWithoutDisturbingTheTraffic(t *testing.T) {
	n2, n3 := start(t, "n2", reserve(t), nil).end(t), start(t, "n3", reserve(t), nil).end(t)
	without := map[raft.ID]string{"n2": n2.Addr().String()}
	with := map[raft.ID]string{"n2": n2.Addr().String(), "n3": n3.Addr().String()}
	n1 := start(t, "n1", reserve(t), without).end(t)
	reach(t, n1, n2)

	const rounds = 50
	for i := range rounds {
		n1.SetPeers(with)
		n1.Send("n2", fmt.Appendf(nil, "%d", 2*i))
		if i%10 == 0 {
			reach(t, n1, n3)
		}
		n1.SetPeers(without)
		n1.Send("n2", fmt.Appendf(nil, "%d", 2*i+1))
		require.NotContains(t, n1.Stats(), raft.ID("n3"))
	}
	for i := range 2 * rounds {
		require.Equal(t, fmt.Sprintf("n1: %d", i), n2.next(t), "no frame is lost")
	}
	peersAre(t, n3)
}

func TestFramesThatWaitForAnUnchangedPeerStay(t *testing.T) {
	l2 := reserve(t) // the kernel accepts for n2 until it starts
	peers := map[raft.ID]string{"n1": "ignored", "n2": l2.Addr().String()}
	n1 := start(t, "n1", reserve(t), peers).end(t)
	const frames, bytes = 20, 1 << 20 // more than the kernel takes
	for i := range frames {
		n1.Send("n2", append(fmt.Appendf(nil, "%02d", i), make([]byte, bytes)...))
	}
	peers["n3"] = nobody
	n1.SetPeers(peers)
	delete(peers, "n3")
	n1.SetPeers(peers)
	n2 := start(t, "n2", l2, nil).end(t)
	for i := range frames {
		require.Equal(t, fmt.Sprintf("n1: %02d", i), n2.next(t)[:6])
	}
	require.Zero(t, n1.Stats()["n2"].Dropped)
}

func TestAPeerWhoseAddressChangedIsDialledThere(t *testing.T) {
	before := reserve(t)
	defer func() { require.NoError(t, before.Close()) }()
	n1 := start(t, "n1", reserve(t), map[raft.ID]string{"n2": before.Addr().String()}).end(t)
	old, err := before.Accept()
	require.NoError(t, err)
	_, err = readFrame(old, limits.HelloBytesMax)
	require.NoError(t, err)

	n2 := start(t, "n2", reserve(t), nil).end(t)
	n1.SetPeers(map[raft.ID]string{"n2": n2.Addr().String()})
	requireEnd(t, old)
	require.NoError(t, old.Close())
	reach(t, n1, n2)
}

func TestAStrangerIsHeardAndAnswered(t *testing.T) {
	n2 := start(t, "n2", reserve(t), nil).end(t)
	n1 := start(t, "n1", reserve(t), map[raft.ID]string{"n2": n2.Addr().String()}).end(t)
	reach(t, n1, n2)
	require.Equal(t, "client-of-n1", n2.ClientAddr("n1"))
	n2.Send("n1", []byte("answer"))
	require.Equal(t, "n2: answer", n1.next(t))
	require.NotZero(t, n2.Stats()["n1"].Received)
	eventually(t, "the answer is counted", func() bool { return n2.Stats()["n1"].Sent == 1 })

	n2.SetPeers(map[raft.ID]string{"n1": n1.Addr().String()}) // it has learnt who that is
	reach(t, n2, n1)
	n2.SetPeers(nil) // and that it has left
	reach(t, n1, n2)
	n2.Send("n1", []byte("farewell"))
	require.Equal(t, "n2: farewell", n1.next(t))

	n1.SetPeers(nil)
	peersAre(t, n2)
	peersAre(t, n1)
	n2.Send("n1", []byte("too late"))
	require.Empty(t, n1.frames)
}

func TestAGuestIsDialledOnlyWhileThereIsSomethingToSend(t *testing.T) {
	t.Parallel()
	n2 := start(t, "n2", reserve(t), nil).end(t)
	n1 := start(t, "n1", reserve(t), map[raft.ID]string{"n2": n2.Addr().String()}).end(t)
	connected := func() int {
		n1.mu.RLock()
		defer n1.mu.RUnlock()
		return n1.peers["n2"].connected
	}
	reach(t, n1, n2)
	require.Zero(t, connected(), "n2 has nothing to say")
	for range 2 {
		n2.Send("n1", []byte("answer"))
		require.Equal(t, "n2: answer", n1.next(t))
		eventually(t, "n2 hangs up", func() bool { return connected() == 0 })
	}
	require.NotContains(t, n2.log.String(), "no connection to peer", "that is no outage")
}

// stranger connects to the node with a handshake of its own and sends one frame.
func stranger(t *testing.T, n *node, h hello) net.Conn {
	h.To = n.cfg.ID
	data, err := encodeHello(h)
	require.NoError(t, err)
	return dial(t, n, append(frame(data), frame([]byte("hi"))...))
}

func TestAStrangerWithoutAnAddressIsHeardButNotAnswered(t *testing.T) {
	n := alone(t)
	conn := stranger(t, n, hello{From: "n9", ClientAddr: "client-of-n9"})
	require.Equal(t, "n9: hi", n.next(t))
	require.Equal(t, "client-of-n9", n.ClientAddr("n9"))
	n.Send("n9", []byte("answer"))
	require.Equal(t, PeerStats{Received: 1, Dropped: 1}, n.Stats()["n9"])
	require.NoError(t, conn.Close())
	peersAre(t, n, "n2")
}

func TestAGuestThatCannotBeDialledLosesItsFrames(t *testing.T) {
	n := alone(t)
	stranger(t, n, hello{From: "n9", PeerAddr: nobody})
	require.Equal(t, "n9: hi", n.next(t))
	n.Send("n9", []byte("answer"))
	eventually(t, "the frame is dropped", func() bool { return n.Stats()["n9"].Dropped == 1 })
}

func TestGuestsAreLimitedAndMembersAreNot(t *testing.T) {
	n := alone(t)
	for i := range limits.GuestsMax {
		id := raft.ID(fmt.Sprintf("stranger%d", i))
		stranger(t, n, hello{From: id})
		require.Equal(t, string(id)+": hi", n.next(t))
	}
	requireEnd(t, stranger(t, n, hello{From: "another"}))
	require.Contains(t, n.log.String(), `from server \"another\", which is none of the peers: too many connections`)
	stranger(t, n, hello{From: "n2"})
	require.Equal(t, "n2: hi", n.next(t))
}

func TestAGivenAddressWinsOverTheOneOfTheHandshake(t *testing.T) {
	elsewhere := reserve(t)
	defer func() { require.NoError(t, elsewhere.Close()) }()
	n2 := start(t, "n2", reserve(t), nil).end(t)
	n1 := start(t, "n1", reserve(t), map[raft.ID]string{"n2": n2.Addr().String()}).end(t)
	reach(t, n1, n2)
	stranger(t, n1, hello{From: "n2", PeerAddr: elsewhere.Addr().String()})
	require.Equal(t, "n2: hi", n1.next(t))
	n1.Send("n2", []byte("here"))
	require.Equal(t, "n1: here", n2.next(t))

	n1.SetPeers(map[raft.ID]string{"n2": ""}) // now only the handshake tells
	conn, err := elsewhere.Accept()
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}

func TestPeersMayBeSetBesideEverythingElse(t *testing.T) {
	n2, n3 := start(t, "n2", reserve(t), nil).end(t), start(t, "n3", reserve(t), nil).end(t)
	sets := []map[raft.ID]string{
		{"n2": n2.Addr().String()},
		{"n2": n3.Addr().String(), "n3": n3.Addr().String()}, // n3 refuses who looks for n2
		{"n3": nobody},
		nil,
	}
	n1 := start(t, "n1", reserve(t), sets[0])
	var busy sync.WaitGroup
	stop := make(chan struct{})
	again := func(do func()) {
		busy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					do()
				}
			}
		})
	}
	again(func() { n1.Send("n2", []byte("x")); n1.Send("n3", []byte("x")) })
	again(func() { n2.Send("n1", []byte("x")); n3.Send("n1", []byte("x")) })
	again(func() { n1.Stats(); n1.ClientAddr("n2") })
	for i := range 400 {
		n1.SetPeers(sets[i%len(sets)])
	}
	n1.SetPeers(map[raft.ID]string{"n2": n2.Addr().String(), "n3": n3.Addr().String()})
	n2.next(t)
	n3.next(t)
	require.NoError(t, n1.Close())
	close(stop)
	busy.Wait()
	n1.SetPeers(sets[0]) // starts nothing any more
}
