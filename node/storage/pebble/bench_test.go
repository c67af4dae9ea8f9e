package pebble

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage/storagetest"
)

// What a busy node writes in the tests and benchmarks below.
const (
	busyRound  = 64     // entries that are persisted, and then applied, together
	busyKeys   = 10_000 // keys that are written, in turn
	busyMargin = 10_000 // applied entries that stay in the log
)

// busy writes to a store as a busy node does.
type busy struct {
	s         *Store
	clients   uint64 // that write in turn, each in a session
	index     uint64 // of the latest entry
	compacted uint64
	value     string
}

// newBusy bootstraps the store.
func newBusy(t require.TestingT, s *Store, clients uint64) *busy {
	require.NoError(t, s.Bootstrap(replica.Founding(storagetest.Voters)))
	return &busy{s: s, clients: clients, index: 1, compacted: 1, value: strings.Repeat("v", 128)}
}

// round persists and applies a round of entries. When the log is twice as long as the margin
// it is cut back to the margin, as raft does it.
func (b *busy) round(t require.TestingT) {
	log := make([]raft.Entry, busyRound)
	changes := make([]kv.Change, busyRound)
	for i := range log {
		b.index++
		key := fmt.Sprintf("key-%05d", b.index*7919%busyKeys)
		client := fmt.Sprintf("client-%02d", b.index%b.clients)
		log[i] = raft.Entry{Index: b.index, Term: 1, Data: []byte(key + client + b.value)}
		changes[i] = storagetest.Put(b.index, key, b.value)
		changes[i].Sessions = map[string]*kv.Session{client: {
			Seq: b.index / b.clients, Index: b.index, Result: kv.Result{Code: kv.Done, Revision: b.index},
		}}
	}
	require.NoError(t, b.s.Persist(storagetest.Persist(log)))
	require.NoError(t, b.s.Apply(changes))
	if b.index-b.compacted > 2*busyMargin {
		b.compacted = b.index - busyMargin
		require.NoError(t, b.s.Compact(raft.SnapshotMeta{Index: b.compacted, Term: 1, Configuration: storagetest.Voters, ConfigurationIndex: 1}))
	}
}

// BenchmarkPersistAndApply measures a round on the disk of this machine.
func BenchmarkPersistAndApply(b *testing.B) {
	for _, clients := range []uint64{8, busyRound} {
		b.Run(fmt.Sprintf("%d clients", clients), func(b *testing.B) {
			s, err := Open(b.TempDir(), Options{})
			require.NoError(b, err)
			load := newBusy(b, s, clients)
			b.ReportAllocs()
			for b.Loop() {
				load.round(b)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*busyRound), "µs/entry")
			require.NoError(b, s.Close())
		})
	}
}
