package transport

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/limits"
	"senkei/node/raft"
)

func FuzzHello(f *testing.F) {
	good, err := encodeHello(hello{From: "n2", To: "n1", ClientAddr: "127.0.0.1:1", PeerAddr: "127.0.0.1:2", Cluster: "senkei"})
	require.NoError(f, err)
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := decodeHello(data)
		if err != nil || h.check("n1", "senkei") != nil {
			return
		}
		require.NotContains(t, []raft.ID{raft.None, "n1"}, h.From)
		require.LessOrEqual(t, len(h.From), limits.IDBytesMax)
		require.LessOrEqual(t, len(h.PeerAddr), limits.AddressBytesMax)
		require.LessOrEqual(t, len(h.ClientAddr), limits.AddressBytesMax)
		again, err := encodeHello(h)
		require.NoError(t, err)
		got, err := decodeHello(again)
		require.NoError(t, err)
		require.Equal(t, h, got)
	})
}

func TestEveryTextOfAHandshakeIsBounded(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for want, h := range map[string]hello{
		"a sender's name":        {From: raft.ID(long(limits.IDBytesMax + 1))},
		"a receiver's name":      {To: raft.ID(long(limits.IDBytesMax + 1))},
		"an address for clients": {ClientAddr: long(limits.AddressBytesMax + 1)},
		"an address for servers": {PeerAddr: long(limits.AddressBytesMax + 1)},
		"a cluster's name":       {Cluster: long(limits.IDBytesMax + 1)},
	} {
		_, err := encodeHello(h)
		require.ErrorContains(t, err, "handshake with "+want)
	}
	_, err := encodeHello(hello{
		From: raft.ID(long(limits.IDBytesMax)), To: raft.ID(long(limits.IDBytesMax)), Cluster: long(limits.IDBytesMax),
		ClientAddr: long(limits.AddressBytesMax), PeerAddr: long(limits.AddressBytesMax),
	})
	require.NoError(t, err, "what fits the bounds fits the handshake")
}
