package storage_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/memory"
	"senkei/node/storage/storagetest"
)

// onBothMachines runs a test against both implementations, with what is left of one after a
// crash of its machine.
func onBothMachines(t *testing.T, crash crash, test func(t *testing.T, s storage.Store, crashed func() storage.Store)) {
	t.Run("memory", func(t *testing.T) {
		s := memory.New()
		test(t, s, func() storage.Store {
			if crash == powerCut {
				s.PowerLoss(0)
			}
			return s
		})
	})
	t.Run("pebble", func(t *testing.T) {
		fs := vfs.NewCrashableMem()
		opened := func(fs vfs.FS) storage.Store {
			s := open(t, fs)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			return s
		}
		test(t, opened(fs), func() storage.Store {
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

func losesNothingThatWasPersisted(t *testing.T, s storage.Store, crashed func() storage.Store) {
	require.NoError(t, s.Bootstrap(replica.Founding(storagetest.Voters)))
	hard := raft.HardState{Term: 2, Vote: "n3"}
	require.NoError(t, s.Persist([]replica.Persist{{Hard: &hard, Entries: storagetest.Entries(2, 1, 2)}}))
	require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(4, 2, 1))))
	found := storagetest.Load(t, crashed())
	require.Equal(t, storagetest.Voters, found.Base.Configuration)
	require.Equal(t, append(storagetest.Entries(2, 1, 2), storagetest.Entries(4, 2, 1)...), found.Entries)
	require.Equal(t, hard, found.Hard)
}

func TestAPowerCutTakesChangesThatWereOnlyApplied(t *testing.T) {
	onBothMachines(t, powerCut, func(t *testing.T, s storage.Store, crashed func() storage.Store) {
		require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(1, 1, 2))))
		require.NoError(t, s.Apply([]kv.Change{storagetest.Put(1, "k", "1")}))
		require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(3, 1, 1))), "this makes the change before it durable, too")
		require.NoError(t, s.Apply([]kv.Change{storagetest.Put(2, "k", "2")}))

		after := crashed()
		got := storagetest.Load(t, after)
		require.Len(t, got.Entries, 3)
		require.Equal(t, uint64(1), got.State.Applied)
		require.Equal(t, "1", got.State.Items["k"].Value)
		require.NoError(t, after.Apply([]kv.Change{storagetest.Put(2, "k", "2")}), "it is applied again")
	})
}
