package storage

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

// onBothMachines runs a test against both implementations, with what is left of one after a
// crash of its machine.
func onBothMachines(t *testing.T, crash crash, test func(t *testing.T, s store, crashed func() store)) {
	t.Run("memory", func(t *testing.T) {
		s := NewMemory()
		test(t, s, func() store {
			if crash == powerCut {
				s.PowerLoss(0)
			}
			return s
		})
	})
	t.Run("pebble", func(t *testing.T) {
		fs := vfs.NewCrashableMem()
		opened := func(fs vfs.FS) store {
			s := open(t, fs)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			return s
		}
		test(t, opened(fs), func() store {
			left := vfs.CrashCloneCfg{RNG: rand.New(rand.NewPCG(1, 2))}
			if crash == kill {
				left.UnsyncedDataPercent = 100
			}
			return opened(fs.CrashClone(left))
		})
	})
}

type crash int

const (
	kill     crash = iota // the process ends, what it wrote stays
	powerCut              // exactly what was synced stays
)

func TestAKillLosesNothingThatWasPersisted(t *testing.T) {
	onBothMachines(t, kill, losesNothingThatWasPersisted)
}

func TestAPowerCutLosesNothingThatWasPersisted(t *testing.T) {
	onBothMachines(t, powerCut, losesNothingThatWasPersisted)
}

func losesNothingThatWasPersisted(t *testing.T, s store, crashed func() store) {
	require.NoError(t, s.Bootstrap(replica.Founding(threeVoters)))
	hard := raft.HardState{Term: 2, Vote: "n3"}
	require.NoError(t, s.Persist([]replica.Persist{{Hard: &hard, Entries: entries(2, 1, 2)}}))
	require.NoError(t, s.Persist(persist(entries(4, 2, 1))))
	found := load(t, crashed())
	require.Equal(t, threeVoters, found.Base.Configuration)
	require.Equal(t, append(entries(2, 1, 2), entries(4, 2, 1)...), found.Entries)
	require.Equal(t, hard, found.Hard)
}

func TestAPowerCutTakesChangesThatWereOnlyApplied(t *testing.T) {
	onBothMachines(t, powerCut, func(t *testing.T, s store, crashed func() store) {
		require.NoError(t, s.Persist(persist(entries(1, 1, 2))))
		require.NoError(t, s.Apply([]kv.Change{put(1, "k", "1")}))
		require.NoError(t, s.Persist(persist(entries(3, 1, 1))), "this makes the change before it durable, too")
		require.NoError(t, s.Apply([]kv.Change{put(2, "k", "2")}))

		after := crashed()
		got := load(t, after)
		require.Len(t, got.Entries, 3)
		require.Equal(t, uint64(1), got.State.Applied)
		require.Equal(t, "1", got.State.Items["k"].Value)
		require.NoError(t, after.Apply([]kv.Change{put(2, "k", "2")}), "it is applied again")
	})
}

func TestAPowerLossKeepsAtMostWhatThereIs(t *testing.T) {
	m := NewMemory()
	founded(t, m)
	require.Equal(t, 1, m.Unsynced())
	require.Panics(t, func() { m.PowerLoss(2) })
	require.Panics(t, func() { m.PowerLoss(-1) })
	require.Equal(t, uint64(3), load(t, m).State.Applied)
}

func TestMemoryDoesNotNoticeWhatBecomesOfACallersSlices(t *testing.T) {
	m := NewMemory()
	log := entries(1, 1, 3)
	batch := persist(log)
	require.NoError(t, m.Persist(batch))
	changes := []kv.Change{put(1, "a", "1"), put(2, "b", "2")}
	require.NoError(t, m.Apply(changes))
	want := load(t, m)
	clear(log)
	clear(batch)
	clear(changes)
	require.Equal(t, want, load(t, m))

	found := load(t, m)
	clear(found.Entries)
	clear(found.State.Items)
	require.Equal(t, want, load(t, m))
	require.NoError(t, m.Persist(persist(entries(4, 1, 1))), "a sync does what was applied before")
	require.Equal(t, want.State, load(t, m).State)
}

func TestADamagedEntryIsNamedUntilItIsGone(t *testing.T) {
	meta := metaAt(9, 2)
	for name, c := range map[string]struct {
		write func(s store) error
		heals bool
	}{
		"entries after it":    {func(s store) error { return s.Persist(persist(entries(6, 2, 3))) }, false},
		"a hard state":        {func(s store) error { return s.Persist([]replica.Persist{{Hard: &raft.HardState{Term: 7}}}) }, false},
		"an entry in place":   {func(s store) error { return s.Persist(persist(entries(5, 2, 1))) }, true},
		"entries in place":    {func(s store) error { return s.Persist(persist(entries(4, 2, 3))) }, true},
		"a shorter log":       {func(s store) error { return s.Persist(persist(entries(4, 2, 1))) }, true},
		"a compaction before": {func(s store) error { return s.Compact(metaAt(3, 1)) }, false},
		"a compaction": {func(s store) error {
			if err := s.Apply([]kv.Change{put(4, "c", "4"), put(5, "d", "5")}); err != nil {
				return err
			}
			return s.Compact(metaAt(5, 1))
		}, true},
		"a snapshot after it": {func(s store) error {
			if err := s.Stage(chunkOf(meta, 0, true)); err != nil {
				return err
			}
			return s.Persist(install(meta, false))
		}, true},
		"a snapshot before it": {func(s store) error {
			if err := s.Stage(chunkOf(metaAt(4, 1), 0, true)); err != nil {
				return err
			}
			return s.Persist(install(metaAt(4, 1), true))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := NewMemory()
			founded(t, m)
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
	m := NewMemory()
	founded(t, m)
	require.NoError(t, m.Compact(metaAt(3, 1)))
	for index, there := range map[uint64]bool{0: false, 1: false, 3: false, 4: true, 6: true, 7: false} {
		require.Equal(t, there, m.Rot(index), "entry %d", index)
	}
	_, err := m.Load()
	require.ErrorContains(t, err, "log entry 4", "the first of the damaged ones")
	require.Error(t, m.Bootstrap(replica.Founding(threeVoters)))
}

func TestTheDamageOfAnEntryComesBackWithIt(t *testing.T) {
	m := NewMemory()
	founded(t, m)
	require.NoError(t, m.Persist(persist(entries(7, 1, 1))))
	require.True(t, m.Rot(3))
	require.NoError(t, m.Compact(metaAt(3, 1)))
	load(t, m)
	m.PowerLoss(0)
	_, err := m.Load()
	require.ErrorContains(t, err, "log entry 3")
}
