package storage_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/memory"
	"senkei/node/storage/pebble"
	"senkei/node/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// onBoth runs a test against both implementations.
func onBoth(t *testing.T, test func(t *testing.T, s storage.Store)) {
	t.Run("memory", func(t *testing.T) { test(t, memory.New()) })
	t.Run("pebble", func(t *testing.T) {
		s := open(t, vfs.NewMem())
		test(t, s)
		require.NoError(t, s.Close())
	})
}

func open(t require.TestingT, fs vfs.FS) *pebble.Store {
	s, err := pebble.Open("data", pebble.Options{FS: fs})
	require.NoError(t, err)
	return s
}

func TestANewStoreIsEmpty(t *testing.T) {
	onBoth(t, func(t *testing.T, s storage.Store) {
		d := storagetest.Load(t, s)
		require.Zero(t, d.Hard)
		require.Empty(t, d.Entries)
		require.Zero(t, d.State.Applied)
		require.Empty(t, d.State.Items)
		require.Empty(t, d.State.Sessions)
	})
}

func TestWhatIsPersistedAndAppliedIsLoaded(t *testing.T) {
	onBoth(t, func(t *testing.T, s storage.Store) {
		log := []raft.Entry{
			{Index: 1, Term: 1, Kind: raft.NoOp},
			{Index: 2, Term: 1, Data: []byte("first")},
			{Index: 3, Term: 4, Data: []byte("second")},
		}
		require.NoError(t, s.Persist([]replica.Persist{
			{Token: 1, Hard: &raft.HardState{Term: 1, Vote: "n1"}, Entries: log[:2]},
			{Token: 2, Hard: &raft.HardState{Term: 4, Vote: "n2"}, Entries: log[2:]},
		}))
		session := kv.Session{Seq: 7, Index: 3, Result: kv.Result{Code: kv.Done, Value: "v", Found: true, Revision: 2}}
		require.NoError(t, s.Apply([]kv.Change{
			{Applied: 1},
			storagetest.Put(2, "gone", "x"),
			{
				Applied:  3,
				Items:    map[string]*kv.Item{"k": {Value: "v", Revision: 3}, "gone": nil},
				Sessions: map[string]*kv.Session{"c": &session, "evicted": nil},
			},
		}))
		require.Equal(t, replica.Disk{
			Hard:    raft.HardState{Term: 4, Vote: "n2"},
			Entries: log,
			State: kv.State{
				Applied:  3,
				Items:    map[string]kv.Item{"k": {Value: "v", Revision: 3}},
				Sessions: map[string]kv.Session{"c": session},
			},
		}, storagetest.Load(t, s))
	})
}

func TestEntriesReplaceTheTailOfTheLog(t *testing.T) {
	for name, c := range map[string]struct {
		batches [][]replica.Persist
		want    []raft.Entry
	}{
		"a shorter tail": {
			[][]replica.Persist{storagetest.Persist(storagetest.Entries(1, 1, 9)), storagetest.Persist(storagetest.Entries(4, 2, 2))},
			append(storagetest.Entries(1, 1, 3), storagetest.Entries(4, 2, 2)...),
		},
		"a longer tail": {
			[][]replica.Persist{storagetest.Persist(storagetest.Entries(1, 1, 3)), storagetest.Persist(storagetest.Entries(3, 2, 4))},
			append(storagetest.Entries(1, 1, 2), storagetest.Entries(3, 2, 4)...),
		},
		"the whole log": {
			[][]replica.Persist{storagetest.Persist(storagetest.Entries(1, 1, 3)), storagetest.Persist(storagetest.Entries(1, 2, 1))},
			storagetest.Entries(1, 2, 1),
		},
		"within one batch": {
			[][]replica.Persist{{{Entries: storagetest.Entries(1, 1, 5)}, {Entries: storagetest.Entries(2, 2, 3)}, {Entries: storagetest.Entries(3, 3, 1)}}},
			append(append(storagetest.Entries(1, 1, 1), storagetest.Entries(2, 2, 1)...), storagetest.Entries(3, 3, 1)...),
		},
		"and it grows again": {
			[][]replica.Persist{storagetest.Persist(storagetest.Entries(1, 1, 9)), storagetest.Persist(storagetest.Entries(2, 2, 1)), storagetest.Persist(storagetest.Entries(3, 2, 2))},
			append(append(storagetest.Entries(1, 1, 1), storagetest.Entries(2, 2, 1)...), storagetest.Entries(3, 2, 2)...),
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s storage.Store) {
				for _, batch := range c.batches {
					require.NoError(t, s.Persist(batch))
				}
				require.Equal(t, c.want, storagetest.Load(t, s).Entries)
			})
		})
	}
}

func TestAnEmptyBatchChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s storage.Store) {
		require.NoError(t, s.Persist(nil))
		require.NoError(t, s.Persist([]replica.Persist{{Token: 3}}))
		require.NoError(t, s.Apply(nil))
		require.Empty(t, storagetest.Load(t, s).Entries)
	})
}

func TestWhatDoesNotFitIsRefusedAndChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		write func(s storage.Store) error
		want  string
	}{
		"a gap after the log": {
			func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(7, 1, 1))) },
			"log entry 7 does not follow the last one, 5",
		},
		"an entry before the first": {
			func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(0, 1, 1))) },
			"log entry 0 does not follow",
		},
		"a gap within the entries": {
			func(s storage.Store) error {
				return s.Persist(storagetest.Persist([]raft.Entry{{Index: 6, Term: 1}, {Index: 8, Term: 1}}))
			},
			"log entry 8 where 7 is due",
		},
		"a log that ends before what is applied": {
			func(s storage.Store) error { return s.Persist(storagetest.Persist(storagetest.Entries(2, 1, 1))) },
			"the log would end at entry 2, but entry 3 is applied",
		},
		"a state ahead of the log": {
			func(s storage.Store) error { return s.Apply([]kv.Change{{Applied: 4}, {Applied: 5}, {Applied: 6}}) },
			"entry 6 applied, but the log ends at entry 5",
		},
		"a gap in the state": {
			func(s storage.Store) error { return s.Apply([]kv.Change{storagetest.Put(5, "k", "v")}) },
			"entry 5 applied after entry 3",
		},
		"a change applied again": {
			func(s storage.Store) error { return s.Apply([]kv.Change{storagetest.Put(3, "k", "v")}) },
			"entry 3 applied after entry 3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s storage.Store) {
				require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(1, 1, 5))))
				require.NoError(t, s.Apply([]kv.Change{storagetest.Put(1, "k", "1"), storagetest.Put(2, "k", "2"), storagetest.Put(3, "k", "3")}))
				before := storagetest.Load(t, s)
				require.ErrorContains(t, c.write(s), c.want)
				require.Equal(t, before, storagetest.Load(t, s))
				require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(6, 1, 1))), "a refused write is no disk failure")
			})
		})
	}
}

func TestOneCallOfApplyStoresWhatItsChangesLeaveInTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s storage.Store) {
		session := func(index uint64) map[string]*kv.Session {
			return map[string]*kv.Session{"c": {Seq: index, Index: index}}
		}
		gone := kv.Change{Applied: 3, Items: map[string]*kv.Item{"a": nil}, Sessions: session(3)}
		first, last := storagetest.Put(1, "a", "1"), storagetest.Put(4, "b", "4")
		first.Sessions = map[string]*kv.Session{"c": {Seq: 1, Index: 1}, "evicted": {Seq: 1, Index: 1}}
		last.Sessions = map[string]*kv.Session{"evicted": nil}
		require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(1, 1, 4))))
		require.NoError(t, s.Apply([]kv.Change{first, storagetest.Put(2, "b", "2"), gone, last}))
		require.Equal(t, kv.State{
			Applied:  4,
			Items:    map[string]kv.Item{"b": {Value: "4", Revision: 4}},
			Sessions: map[string]kv.Session{"c": {Seq: 3, Index: 3}},
		}, storagetest.Load(t, s).State)
	})
}
