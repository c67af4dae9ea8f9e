package memory

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/storagetest"
)

func TestAPowerLossKeepsAtMostWhatThereIs(t *testing.T) {
	m := New()
	storagetest.Founded(t, m)
	require.Equal(t, 1, m.Unsynced())
	require.Panics(t, func() { m.PowerLoss(2) })
	require.Panics(t, func() { m.PowerLoss(-1) })
	require.Equal(t, uint64(3), storagetest.Load(t, m).State.Applied)
}

func TestMemoryDoesNotNoticeWhatBecomesOfACallersSlices(t *testing.T) {
	m := New()
	log := storagetest.Entries(1, 1, 3)
	batch := storagetest.Persist(log)
	require.NoError(t, m.Persist(batch))
	changes := []kv.Change{storagetest.Put(1, "a", "1"), storagetest.Put(2, "b", "2")}
	require.NoError(t, m.Apply(changes))
	want := storagetest.Load(t, m)
	clear(log)
	clear(batch)
	clear(changes)
	require.Equal(t, want, storagetest.Load(t, m))

	found := storagetest.Load(t, m)
	clear(found.Entries)
	clear(found.State.Items)
	require.Equal(t, want, storagetest.Load(t, m))
	require.NoError(t, m.Persist(storagetest.Persist(storagetest.Entries(4, 1, 1))), "a sync does what was applied before")
	require.Equal(t, want.State, storagetest.Load(t, m).State)
}

func TestADamagedEntryIsNamedUntilItIsGone(t *testing.T) {
	meta := storagetest.Meta(9, 2)
	for name, c := range map[string]struct {
		write func(s storage.Store) error
		heals bool
	}{
		"entries after it":    {func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(6, 2, 3))) }, false},
		"a hard state":        {func(s storage.Store) error { return s.Persist([]replica.Persist{{Hard: &raft.HardState{Term: 7}}}) }, false},
		"an entry in place":   {func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(5, 2, 1))) }, true},
		"entries in place":    {func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(4, 2, 3))) }, true},
		"a shorter log":       {func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(4, 2, 1))) }, true},
		"a compaction before": {func(s storage.Store) error { return s.Compact(storagetest.Meta(3, 1)) }, false},
		"a compaction": {func(s storage.Store) error {
			if err := s.Apply([]kv.Change{storagetest.Put(4, "c", "4"), storagetest.Put(5, "d", "5")}); err != nil {
				return err
			}
			return s.Compact(storagetest.Meta(5, 1))
		}, true},
		"a snapshot after it": {func(s storage.Store) error {
			if err := s.Stage(storagetest.Chunk(meta, 0, true)); err != nil {
				return err
			}
			return s.Persist(storagetest.Install(meta, false))
		}, true},
		"a snapshot before it": {func(s storage.Store) error {
			if err := s.Stage(storagetest.Chunk(storagetest.Meta(4, 1), 0, true)); err != nil {
				return err
			}
			return s.Persist(storagetest.Install(storagetest.Meta(4, 1), true))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := New()
			storagetest.Founded(t, m)
			require.True(t, m.Rot(5))
			require.True(t, m.Rot(5))
			_, err := m.Load()
			require.ErrorContains(t, err, "load from memory: log entry 5: its checksum does not match")
			require.NoError(t, c.write(m))
			_, err = m.Load()
			if c.heals {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "log entry 5")
		})
	}
}

func TestWhatIsNotInTheLogCannotRot(t *testing.T) {
	m := New()
	storagetest.Founded(t, m)
	require.NoError(t, m.Compact(storagetest.Meta(3, 1)))
	for index, there := range map[uint64]bool{0: false, 1: false, 3: false, 4: true, 6: true, 7: false} {
		require.Equal(t, there, m.Rot(index), "entry %d", index)
	}
	_, err := m.Load()
	require.ErrorContains(t, err, "log entry 4", "the first of the damaged ones")
	require.Error(t, m.Bootstrap(replica.Founding(storagetest.Voters)))
}

func TestTheDamageOfAnEntryComesBackWithIt(t *testing.T) {
	m := New()
	storagetest.Founded(t, m)
	require.NoError(t, m.Persist(storagetest.Persist(storagetest.Entries(7, 1, 1))))
	require.True(t, m.Rot(3))
	require.NoError(t, m.Compact(storagetest.Meta(3, 1)))
	storagetest.Load(t, m)
	m.PowerLoss(0)
	_, err := m.Load()
	require.ErrorContains(t, err, "log entry 3")
}

// BenchmarkMemory measures one entry that is persisted, and then applied, as a simulation does
// it for every command on every server.
func BenchmarkMemory(b *testing.B) {
	const logMax = 1000 // entries, until the log is compacted
	m := New()
	require.NoError(b, m.Bootstrap(replica.Founding(storagetest.Voters)))
	batch, changes := storagetest.Persist(storagetest.Entries(1, 1, 1)), []kv.Change{storagetest.Put(1, "key", "value")}
	changes[0].Sessions = map[string]*kv.Session{"client": {Seq: 1, Index: 1}}
	b.ReportAllocs()
	for b.Loop() {
		batch[0].Entries[0].Index++
		changes[0].Applied++
		if m.Persist(batch) != nil || m.Apply(changes) != nil {
			b.Fatal("it is refused")
		}
		if m.extent.Last-m.extent.Base == logMax {
			meta := storagetest.Meta(m.extent.Applied, 1)
			require.NoError(b, m.Compact(meta))
		}
	}
}
