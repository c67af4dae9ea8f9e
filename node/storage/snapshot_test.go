package storage_test

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/storagetest"
)

func TestAClusterBeginsWithItsFoundingDisk(t *testing.T) {
	onBoth(t, func(t *testing.T, s storage.Store) {
		founding := replica.Founding(storagetest.Voters)
		require.NoError(t, s.Bootstrap(founding))
		found := storagetest.Load(t, s)
		founding.State = kv.State{Applied: 1, Items: map[string]kv.Item{}, Sessions: map[string]kv.Session{}}
		require.Equal(t, founding, found)
		require.ErrorContains(t, s.Persist(storagetest.Persist(storagetest.Entries(1, 1, 1))), "log entry 1 does not follow the last one, 1")
		require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(2, 1, 1))))
	})
}

func TestOnlyABlankStoreCanBeginACluster(t *testing.T) {
	const refusal = "it holds data of a cluster already"
	meta := storagetest.Meta(9, 2)
	for name, write := range map[string]func(s storage.Store) error{
		"founded before": func(s storage.Store) error { return s.Bootstrap(replica.Founding(storagetest.Voters)) },
		"a vote":         func(s storage.Store) error { return s.Persist([]replica.Persist{{Hard: &raft.HardState{Term: 1}}}) },
		"a log":          func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(1, 1, 1))) },
		"a chunk":        func(s storage.Store) error { return s.Stage(storagetest.Chunk(meta, 0, false)) },
		"all chunks":     func(s storage.Store) error { return s.Stage(storagetest.Chunk(meta, 0, true)) },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s storage.Store) {
				require.NoError(t, write(s))
				before := storagetest.Load(t, s)
				require.ErrorContains(t, s.Bootstrap(replica.Founding(storagetest.Voters)), refusal)
				require.Equal(t, before, storagetest.Load(t, s))
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
		"entries":           {func(d *replica.Disk) { d.Entries = storagetest.Entries(2, 1, 1) }, "an empty state and an empty log"},
		"items":             {func(d *replica.Disk) { d.State.Items = map[string]kv.Item{"k": {}} }, "an empty state and an empty log"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s storage.Store) {
				d := replica.Founding(storagetest.Voters)
				c.spoil(&d)
				require.ErrorContains(t, s.Bootstrap(d), c.want)
				require.True(t, storagetest.Load(t, s).Blank())
			})
		})
	}
}

func TestStagedChunksLieBesideTheStateUntilTheyAreInstalled(t *testing.T) {
	onBoth(t, func(t *testing.T, s storage.Store) {
		storagetest.Founded(t, s)
		before, meta := storagetest.Load(t, s), storagetest.Meta(9, 2)
		require.NoError(t, s.Stage(storagetest.Chunk(meta, 0, false)))
		require.NoError(t, s.Stage(storagetest.Chunk(meta, 1, false)))
		found := storagetest.Load(t, s)
		require.Equal(t, &replica.Staged{Meta: meta, Next: 2, State: storagetest.State(meta, 2)}, found.Staged)
		found.Staged = nil
		require.Equal(t, before, found)

		require.NoError(t, s.Apply([]kv.Change{storagetest.Put(4, "c", "4")}), "the state stays in use")
		require.NoError(t, s.Stage(storagetest.Chunk(meta, 2, true)))
		require.Nil(t, storagetest.Load(t, s).Staged, "after a restart nobody would install what is complete")
		require.NoError(t, s.Persist(storagetest.Install(meta, false)))
		require.Equal(t, replica.Disk{Hard: before.Hard, Base: meta, State: storagetest.State(meta, 3)}, storagetest.Load(t, s))
		require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(10, 2, 1))))
	})
}

func TestChunkZeroDiscardsWhatWasStagedBefore(t *testing.T) {
	for name, complete := range map[string]bool{"a part": false, "all": true} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s storage.Store) {
				storagetest.Founded(t, s)
				require.NoError(t, s.Stage(storagetest.Chunk(storagetest.Meta(9, 2), 0, false)))
				require.NoError(t, s.Stage(storagetest.Chunk(storagetest.Meta(9, 2), 1, complete)))
				meta := storagetest.Meta(12, 3)
				require.NoError(t, s.Stage(storagetest.Chunk(meta, 0, false)))
				require.Equal(t, &replica.Staged{Meta: meta, Next: 1, State: storagetest.State(meta, 1)}, storagetest.Load(t, s).Staged)
				require.NoError(t, s.Stage(storagetest.Chunk(meta, 1, true)))
				require.NoError(t, s.Persist(storagetest.Install(meta, false)))
				require.Equal(t, storagetest.State(meta, 2), storagetest.Load(t, s).State)
			})
		})
	}
}

func TestKeepLogKeepsExactlyTheEntriesAfterTheSnapshot(t *testing.T) {
	for _, index := range []uint64{3, 4, 6} {
		t.Run(fmt.Sprintf("snapshot at %d", index), func(t *testing.T) {
			onBoth(t, func(t *testing.T, s storage.Store) {
				storagetest.Founded(t, s)
				before, meta := storagetest.Load(t, s), storagetest.Meta(index, 1)
				storagetest.StageAll(t, s, meta, 2)
				require.NoError(t, s.Persist(storagetest.Install(meta, true)))
				found := storagetest.Load(t, s)
				require.Equal(t, meta, found.Base)
				require.Equal(t, storagetest.State(meta, 2), found.State)
				require.Len(t, found.Entries, int(6-index))
				for i, entry := range found.Entries {
					require.Equal(t, before.Entries[int(index)-1+i], entry)
				}
			})
		})
	}
}

func TestEntriesMayComeWithTheSnapshotThatTheyFollow(t *testing.T) {
	onBoth(t, func(t *testing.T, s storage.Store) {
		storagetest.Founded(t, s)
		meta := storagetest.Meta(9, 2)
		storagetest.StageAll(t, s, meta, 1)
		batch := storagetest.Install(meta, false)
		batch[0].Entries = storagetest.Entries(10, 2, 2)
		require.NoError(t, s.Persist(append(batch, replica.Persist{Entries: storagetest.Entries(11, 3, 2)})))
		require.Equal(t, append(storagetest.Entries(10, 2, 1), storagetest.Entries(11, 3, 2)...), storagetest.Load(t, s).Entries)
	})
}

func TestACompactionKeepsTheEntriesAfterIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s storage.Store) {
		storagetest.Founded(t, s)
		before := storagetest.Load(t, s)
		require.NoError(t, s.Compact(storagetest.Meta(3, 1)))
		want := before
		want.Base, want.Entries = storagetest.Meta(3, 1), before.Entries[2:]
		require.Equal(t, want, storagetest.Load(t, s))
		require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(4, 2, 1))))
		require.Equal(t, storagetest.Entries(4, 2, 1), storagetest.Load(t, s).Entries)
	})
}

func TestASnapshotThatDoesNotFitIsRefusedAndChangesNothing(t *testing.T) {
	meta := storagetest.Meta(9, 2)
	for name, c := range map[string]struct {
		write func(s storage.Store) error
		want  string
	}{
		"a gap in the chunks":       {func(s storage.Store) error { return s.Stage(storagetest.Chunk(meta, 3, false)) }, "chunk 3 of the snapshot at entry 9 where chunk 2 is due"},
		"a chunk again":             {func(s storage.Store) error { return s.Stage(storagetest.Chunk(meta, 1, false)) }, "chunk 1 of the snapshot at entry 9 where chunk 2 is due"},
		"a chunk of another":        {func(s storage.Store) error { return s.Stage(storagetest.Chunk(storagetest.Meta(9, 3), 2, false)) }, "at entry 9 of term 3, of which no other chunk is staged"},
		"an install without chunks": {func(s storage.Store) error { return s.Persist(storagetest.Install(storagetest.Meta(8, 2), false)) }, "the snapshot at entry 8 of term 2 to be installed is not staged"},
		"an install of a part":      {func(s storage.Store) error { return s.Persist(storagetest.Install(meta, false)) }, "the snapshot at entry 9 to be installed lacks chunk 2"},
		"a base ahead of the state": {func(s storage.Store) error { return s.Compact(storagetest.Meta(4, 1)) }, "the log cannot begin after entry 4"},
		"a base before the log":     {func(s storage.Store) error { return s.Compact(storagetest.Meta(1, 1)) }, "the log cannot begin after entry 1: it begins after entry 2"},
		"an entry at the base":      {func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(2, 1, 3))) }, "log entry 2 does not follow"},
		"an entry before the base":  {func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(1, 1, 4))) }, "log entry 1 does not follow"},
		"an unfit one after one that fits": {
			func(s storage.Store) error {
				return s.Persist(append(storagetest.Persist(storagetest.Entries(7, 2, 1)), storagetest.Install(meta, false)...))
			},
			"lacks chunk 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s storage.Store) {
				storagetest.Founded(t, s)
				require.NoError(t, s.Compact(storagetest.Meta(2, 1)))
				require.NoError(t, s.Stage(storagetest.Chunk(meta, 0, false)))
				require.NoError(t, s.Stage(storagetest.Chunk(meta, 1, false)))
				before := storagetest.Load(t, s)
				require.ErrorContains(t, c.write(s), c.want)
				require.Equal(t, before, storagetest.Load(t, s))
				require.NoError(t, s.Stage(storagetest.Chunk(meta, 2, true)), "a refused write is no disk failure")
			})
		})
	}
}

func TestACompleteSnapshotThatDoesNotFitIsNotInstalled(t *testing.T) {
	for name, c := range map[string]struct {
		write func(s storage.Store) error
		meta  raft.SnapshotMeta
		want  string
	}{
		"older than the state":    {func(s storage.Store) error { return s.Persist(storagetest.Install(storagetest.Meta(2, 1), true)) }, storagetest.Meta(2, 1), "is older than the state, which reaches entry 3"},
		"a log that is too short": {func(s storage.Store) error { return s.Persist(storagetest.Install(storagetest.Meta(9, 2), true)) }, storagetest.Meta(9, 2), "the log cannot be kept after entry 9: it ends at entry 6"},
		"a chunk after the last":  {func(s storage.Store) error { return s.Stage(storagetest.Chunk(storagetest.Meta(9, 2), 1, true)) }, storagetest.Meta(9, 2), "all 1 chunks of which are staged"},
		"an entry it has replaced": {func(s storage.Store) error {
			return s.Persist(append(storagetest.Install(storagetest.Meta(9, 2), false), storagetest.Persist(storagetest.Entries(9, 2, 1))...))
		}, storagetest.Meta(9, 2), "log entry 9 does not follow"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s storage.Store) {
				storagetest.Founded(t, s)
				storagetest.StageAll(t, s, c.meta, 1)
				before := storagetest.Load(t, s)
				require.ErrorContains(t, c.write(s), c.want)
				require.Equal(t, before, storagetest.Load(t, s))
			})
		})
	}
}

func TestAnInstalledGenerationIsFoundAfterARestart(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, fs)
	storagetest.Founded(t, s)
	for index := uint64(7); index < 10; index++ {
		meta := storagetest.Meta(index, 2)
		storagetest.StageAll(t, s, meta, 2)
		require.NoError(t, s.Persist(storagetest.Install(meta, false)))
		require.NoError(t, s.Close())
		s = open(t, fs)
		require.Equal(t, storagetest.State(meta, 2), storagetest.Load(t, s).State)
	}
	require.NoError(t, s.Close())
}
