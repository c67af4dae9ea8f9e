// Package storagetest writes what the tests of stores write: entries, changes and snapshots
// whose contents follow from their index and term. Start at Founded.
package storagetest

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
)

// Voters is the configuration in the tests' snapshots.
var Voters = raft.NewConfiguration(raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n3"})

// Founded begins a cluster with five entries after the base, of which two are applied.
func Founded(t require.TestingT, s storage.Store) {
	require.NoError(t, s.Bootstrap(replica.Founding(Voters)))
	require.NoError(t, s.Persist(Persist(Entries(2, 1, 5))))
	require.NoError(t, s.Apply([]kv.Change{Put(2, "a", "2"), Put(3, "b", "3")}))
}

// Load returns what a store holds.
func Load(t require.TestingT, s storage.Store) replica.Disk {
	d, err := s.Load()
	require.NoError(t, err)
	return d
}

// Entries returns n commands of a term, the first one with the given index.
func Entries(first, term uint64, n int) []raft.Entry {
	log := make([]raft.Entry, n)
	for i := range log {
		log[i] = raft.Entry{Index: first + uint64(i), Term: term, Data: []byte{byte(term), byte(i)}}
	}
	return log
}

// Persist is a batch that makes entries durable.
func Persist(log []raft.Entry) []replica.Persist { return []replica.Persist{{Entries: log}} }

// Put is the change of the entry with the given index, which puts a key.
func Put(index uint64, key, value string) kv.Change {
	return kv.Change{Applied: index, Items: map[string]*kv.Item{key: {Value: value, Revision: index}}}
}

// Meta names the snapshot at an index.
func Meta(index, term uint64) raft.SnapshotMeta {
	return raft.SnapshotMeta{Index: index, Term: term, Configuration: Voters, ConfigurationIndex: 1}
}

// Chunk returns a chunk of a snapshot with one item and one session of its own.
func Chunk(meta raft.SnapshotMeta, number uint64, last bool) replica.Stage {
	return replica.Stage{Meta: meta, Number: number, Chunk: kv.Chunk{
		Items: []kv.ItemRecord{{
			Key:  fmt.Sprintf("staged-%d-%d", meta.Index, number),
			Item: kv.Item{Value: fmt.Sprint(meta.Term), Revision: meta.Index},
		}},
		Sessions: []kv.SessionRecord{{
			Client: fmt.Sprintf("staged-%d-%d", meta.Index, number), Session: kv.Session{Seq: 1, Index: meta.Index},
		}},
		Last: last,
	}}
}

// StageAll stages the chunks 0 to n-1 of a snapshot, which are all of it.
func StageAll(t require.TestingT, s storage.Store, meta raft.SnapshotMeta, n uint64) {
	for number := range n {
		require.NoError(t, s.Stage(Chunk(meta, number, number == n-1)))
	}
}

// State is what the chunks 0 to n-1 of a snapshot hold together.
func State(meta raft.SnapshotMeta, n uint64) kv.State {
	state := storage.EmptyState()
	state.Applied = meta.Index
	for number := range n {
		state.Add(Chunk(meta, number, false).Chunk)
	}
	return state
}

// Install is a batch that installs a staged snapshot.
func Install(meta raft.SnapshotMeta, keepLog bool) []replica.Persist {
	return []replica.Persist{{Install: &raft.Install{Meta: meta, KeepLog: keepLog}}}
}
