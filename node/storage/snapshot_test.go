package storage

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// metaAt names the snapshot at an index.
func metaAt(index, term uint64) raft.SnapshotMeta {
	return raft.SnapshotMeta{Index: index, Term: term, Configuration: threeVoters, ConfigurationIndex: 1}
}

// chunkOf returns a chunk of a snapshot with one item and one session of its own.
func chunkOf(meta raft.SnapshotMeta, number uint64, last bool) replica.Stage {
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

// stateOf is the state that the chunks 0 to n-1 of a snapshot hold together.
func stateOf(meta raft.SnapshotMeta, n uint64) kv.State {
	state := emptyState()
	state.Applied = meta.Index
	for number := range n {
		state.Add(chunkOf(meta, number, false).Chunk)
	}
	return state
}

func install(meta raft.SnapshotMeta, keepLog bool) []replica.Persist {
	return []replica.Persist{{Install: &raft.Install{Meta: meta, KeepLog: keepLog}}}
}

func stageAll(t require.TestingT, s store, meta raft.SnapshotMeta, n uint64) {
	for number := range n {
		require.NoError(t, s.Stage(chunkOf(meta, number, number == n-1)))
	}
}

// founded begins a cluster with five entries after the base, of which two are applied.
func founded(t require.TestingT, s store) {
	require.NoError(t, s.Bootstrap(replica.Founding(threeVoters)))
	require.NoError(t, s.Persist(persist(entries(2, 1, 5))))
	require.NoError(t, s.Apply([]kv.Change{put(2, "a", "2"), put(3, "b", "3")}))
}

func TestAClusterBeginsWithItsFoundingDisk(t *testing.T) {
	onBoth(t, func(t *testing.T, s store) {
		founding := replica.Founding(threeVoters)
		require.NoError(t, s.Bootstrap(founding))
		found := load(t, s)
		founding.State = kv.State{Applied: 1, Items: map[string]kv.Item{}, Sessions: map[string]kv.Session{}}
		require.Equal(t, founding, found)
		require.ErrorContains(t, s.Persist(persist(entries(1, 1, 1))), "log entry 1 does not follow the last one, 1")
		require.NoError(t, s.Persist(persist(entries(2, 1, 1))))
	})
}

func TestOnlyABlankStoreCanBeginACluster(t *testing.T) {
	const refusal = "it holds data of a cluster already"
	meta := metaAt(9, 2)
	for name, write := range map[string]func(s store) error{
		"founded before": func(s store) error { return s.Bootstrap(replica.Founding(threeVoters)) },
		"a vote":         func(s store) error { return s.Persist([]replica.Persist{{Hard: &raft.HardState{Term: 1}}}) },
		"a log":          func(s store) error { return s.Persist(persist(entries(1, 1, 1))) },
		"a chunk":        func(s store) error { return s.Stage(chunkOf(meta, 0, false)) },
		"all chunks":     func(s store) error { return s.Stage(chunkOf(meta, 0, true)) },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s store) {
				require.NoError(t, write(s))
				before := load(t, s)
				require.ErrorContains(t, s.Bootstrap(replica.Founding(threeVoters)), refusal)
				require.Equal(t, before, load(t, s))
			})
		})
	}
}

func TestAClusterBeginsWithAConfigurationAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(d *replica.Disk)
		want  string
	}{
		"no servers":        {func(d *replica.Disk) { d.Base.Configuration = raft.Configuration{} }, "names no server"},
		"a state elsewhere": {func(d *replica.Disk) { d.State.Applied = 2 }, "the state reaches entry 2, but the log begins after entry 1"},
		"entries":           {func(d *replica.Disk) { d.Entries = entries(2, 1, 1) }, "an empty state and an empty log"},
		"items":             {func(d *replica.Disk) { d.State.Items = map[string]kv.Item{"k": {}} }, "an empty state and an empty log"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s store) {
				d := replica.Founding(threeVoters)
				c.spoil(&d)
				require.ErrorContains(t, s.Bootstrap(d), c.want)
				require.True(t, load(t, s).Blank())
			})
		})
	}
}

func TestStagedChunksLieBesideTheStateUntilTheyAreInstalled(t *testing.T) {
	onBoth(t, func(t *testing.T, s store) {
		founded(t, s)
		before, meta := load(t, s), metaAt(9, 2)
		require.NoError(t, s.Stage(chunkOf(meta, 0, false)))
		require.NoError(t, s.Stage(chunkOf(meta, 1, false)))
		found := load(t, s)
		require.Equal(t, &replica.Staged{Meta: meta, Next: 2, State: stateOf(meta, 2)}, found.Staged)
		found.Staged = nil
		require.Equal(t, before, found)

		require.NoError(t, s.Apply([]kv.Change{put(4, "c", "4")}), "the state stays in use")
		require.NoError(t, s.Stage(chunkOf(meta, 2, true)))
		require.Nil(t, load(t, s).Staged, "after a restart nobody would install what is complete")
		require.NoError(t, s.Persist(install(meta, false)))
		require.Equal(t, replica.Disk{Hard: before.Hard, Base: meta, State: stateOf(meta, 3)}, load(t, s))
		require.NoError(t, s.Persist(persist(entries(10, 2, 1))))
	})
}

func TestChunkZeroDiscardsWhatWasStagedBefore(t *testing.T) {
	for name, complete := range map[string]bool{"a part": false, "all": true} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s store) {
				founded(t, s)
				require.NoError(t, s.Stage(chunkOf(metaAt(9, 2), 0, false)))
				require.NoError(t, s.Stage(chunkOf(metaAt(9, 2), 1, complete)))
				meta := metaAt(12, 3)
				require.NoError(t, s.Stage(chunkOf(meta, 0, false)))
				require.Equal(t, &replica.Staged{Meta: meta, Next: 1, State: stateOf(meta, 1)}, load(t, s).Staged)
				require.NoError(t, s.Stage(chunkOf(meta, 1, true)))
				require.NoError(t, s.Persist(install(meta, false)))
				require.Equal(t, stateOf(meta, 2), load(t, s).State)
			})
		})
	}
}

func TestKeepLogKeepsExactlyTheEntriesAfterTheSnapshot(t *testing.T) {
	for _, index := range []uint64{3, 4, 6} {
		t.Run(fmt.Sprintf("snapshot at %d", index), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s store) {
				founded(t, s)
				before, meta := load(t, s), metaAt(index, 1)
				stageAll(t, s, meta, 2)
				require.NoError(t, s.Persist(install(meta, true)))
				found := load(t, s)
				require.Equal(t, meta, found.Base)
				require.Equal(t, stateOf(meta, 2), found.State)
				require.Len(t, found.Entries, int(6-index))
				for i, entry := range found.Entries {
					require.Equal(t, before.Entries[int(index)-1+i], entry)
				}
			})
		})
	}
}

func TestEntriesMayComeWithTheSnapshotThatTheyFollow(t *testing.T) {
	onBoth(t, func(t *testing.T, s store) {
		founded(t, s)
		meta := metaAt(9, 2)
		stageAll(t, s, meta, 1)
		batch := install(meta, false)
		batch[0].Entries = entries(10, 2, 2)
		require.NoError(t, s.Persist(append(batch, replica.Persist{Entries: entries(11, 3, 2)})))
		require.Equal(t, append(entries(10, 2, 1), entries(11, 3, 2)...), load(t, s).Entries)
	})
}

func TestACompactionKeepsTheEntriesAfterIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s store) {
		founded(t, s)
		before := load(t, s)
		require.NoError(t, s.Compact(metaAt(3, 1)))
		want := before
		want.Base, want.Entries = metaAt(3, 1), before.Entries[2:]
		require.Equal(t, want, load(t, s))
		require.NoError(t, s.Persist(persist(entries(4, 2, 1))))
		require.Equal(t, entries(4, 2, 1), load(t, s).Entries)
	})
}

func TestASnapshotThatDoesNotFitIsRefusedAndChangesNothing(t *testing.T) {
	meta := metaAt(9, 2)
	for name, c := range map[string]struct {
		write func(s store) error
		want  string
	}{
		"a gap in the chunks":       {func(s store) error { return s.Stage(chunkOf(meta, 3, false)) }, "chunk 3 of the snapshot at entry 9 where chunk 2 is due"},
		"a chunk again":             {func(s store) error { return s.Stage(chunkOf(meta, 1, false)) }, "chunk 1 of the snapshot at entry 9 where chunk 2 is due"},
		"a chunk of another":        {func(s store) error { return s.Stage(chunkOf(metaAt(9, 3), 2, false)) }, "at entry 9 of term 3, of which no other chunk is staged"},
		"an install without chunks": {func(s store) error { return s.Persist(install(metaAt(8, 2), false)) }, "the snapshot at entry 8 of term 2 to be installed is not staged"},
		"an install of a part":      {func(s store) error { return s.Persist(install(meta, false)) }, "the snapshot at entry 9 to be installed lacks chunk 2"},
		"a base ahead of the state": {func(s store) error { return s.Compact(metaAt(4, 1)) }, "the log cannot begin after entry 4"},
		"a base before the log":     {func(s store) error { return s.Compact(metaAt(1, 1)) }, "the log cannot begin after entry 1: it begins after entry 2"},
		"an entry at the base":      {func(s store) error { return s.Persist(persist(entries(2, 1, 3))) }, "log entry 2 does not follow"},
		"an entry before the base":  {func(s store) error { return s.Persist(persist(entries(1, 1, 4))) }, "log entry 1 does not follow"},
		"an unfit one after one that fits": {
			func(s store) error { return s.Persist(append(persist(entries(7, 2, 1)), install(meta, false)...)) },
			"lacks chunk 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s store) {
				founded(t, s)
				require.NoError(t, s.Compact(metaAt(2, 1)))
				require.NoError(t, s.Stage(chunkOf(meta, 0, false)))
				require.NoError(t, s.Stage(chunkOf(meta, 1, false)))
				before := load(t, s)
				require.ErrorContains(t, c.write(s), c.want)
				require.Equal(t, before, load(t, s))
				require.NoError(t, s.Stage(chunkOf(meta, 2, true)), "a refused write is no disk failure")
			})
		})
	}
}

func TestACompleteSnapshotThatDoesNotFitIsNotInstalled(t *testing.T) {
	for name, c := range map[string]struct {
		write func(s store) error
		meta  raft.SnapshotMeta
		want  string
	}{
		"older than the state":    {func(s store) error { return s.Persist(install(metaAt(2, 1), true)) }, metaAt(2, 1), "is older than the state, which reaches entry 3"},
		"a log that is too short": {func(s store) error { return s.Persist(install(metaAt(9, 2), true)) }, metaAt(9, 2), "the log cannot be kept after entry 9: it ends at entry 6"},
		"a chunk after the last":  {func(s store) error { return s.Stage(chunkOf(metaAt(9, 2), 1, true)) }, metaAt(9, 2), "all 1 chunks of which are staged"},
		"an entry it has replaced": {func(s store) error {
			return s.Persist(append(install(metaAt(9, 2), false), persist(entries(9, 2, 1))...))
		}, metaAt(9, 2), "log entry 9 does not follow"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s store) {
				founded(t, s)
				stageAll(t, s, c.meta, 1)
				before := load(t, s)
				require.ErrorContains(t, c.write(s), c.want)
				require.Equal(t, before, load(t, s))
			})
		})
	}
}

func TestAnInstalledGenerationIsFoundAfterARestart(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, fs)
	founded(t, s)
	for index := uint64(7); index < 10; index++ {
		meta := metaAt(index, 2)
		stageAll(t, s, meta, 2)
		require.NoError(t, s.Persist(install(meta, false)))
		require.NoError(t, s.Close())
		s = open(t, fs)
		require.Equal(t, stateOf(meta, 2), load(t, s).State)
	}
	require.NoError(t, s.Close())
}
