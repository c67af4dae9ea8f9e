package storage

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store is what both implementations offer.
type store interface {
	Load() (replica.Disk, error)
	Bootstrap(d replica.Disk) error
	Persist(batch []replica.Persist) error
	Apply(changes []kv.Change) error
	Stage(s replica.Stage) error
	Compact(meta raft.SnapshotMeta) error
	Failed() <-chan error
	Close() error
}

var (
	_ store = (*Pebble)(nil)
	_ store = (*Memory)(nil)
)

// onBoth runs a test against both implementations.
func onBoth(t *testing.T, test func(t *testing.T, s store)) {
	t.Run("memory", func(t *testing.T) { test(t, NewMemory()) })
	t.Run("pebble", func(t *testing.T) {
		s := open(t, vfs.NewMem())
		test(t, s)
		require.NoError(t, s.Close())
	})
}

func open(t require.TestingT, fs vfs.FS) *Pebble {
	s, err := Open("data", Options{FS: fs})
	require.NoError(t, err)
	return s
}

func load(t require.TestingT, s store) replica.Disk {
	d, err := s.Load()
	require.NoError(t, err)
	return d
}

// threeVoters is the configuration in the tests' snapshots.
var threeVoters = raft.NewConfiguration(raft.Server{ID: "n1"}, raft.Server{ID: "n2"}, raft.Server{ID: "n3"})

// entries returns n commands of a term, the first one with the given index.
func entries(first, term uint64, n int) []raft.Entry {
	log := make([]raft.Entry, n)
	for i := range log {
		log[i] = raft.Entry{Index: first + uint64(i), Term: term, Data: []byte{byte(term), byte(i)}}
	}
	return log
}

func persist(log []raft.Entry) []replica.Persist { return []replica.Persist{{Entries: log}} }

// put is the change of the entry with the given index, which puts a key.
func put(index uint64, key, value string) kv.Change {
	return kv.Change{Applied: index, Items: map[string]*kv.Item{key: {Value: value, Revision: index}}}
}

func TestANewStoreIsEmpty(t *testing.T) {
	onBoth(t, func(t *testing.T, s store) {
		d := load(t, s)
		require.Zero(t, d.Hard)
		require.Empty(t, d.Entries)
		require.Zero(t, d.State.Applied)
		require.Empty(t, d.State.Items)
		require.Empty(t, d.State.Sessions)
	})
}

func TestWhatIsPersistedAndAppliedIsLoaded(t *testing.T) {
	onBoth(t, func(t *testing.T, s store) {
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
			put(2, "gone", "x"),
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
		}, load(t, s))
	})
}

func TestEntriesReplaceTheTailOfTheLog(t *testing.T) {
	for name, c := range map[string]struct {
		batches [][]replica.Persist
		want    []raft.Entry
	}{
		"a shorter tail": {
			[][]replica.Persist{persist(entries(1, 1, 9)), persist(entries(4, 2, 2))},
			append(entries(1, 1, 3), entries(4, 2, 2)...),
		},
		"a longer tail": {
			[][]replica.Persist{persist(entries(1, 1, 3)), persist(entries(3, 2, 4))},
			append(entries(1, 1, 2), entries(3, 2, 4)...),
		},
		"the whole log": {
			[][]replica.Persist{persist(entries(1, 1, 3)), persist(entries(1, 2, 1))},
			entries(1, 2, 1),
		},
		"within one batch": {
			[][]replica.Persist{{{Entries: entries(1, 1, 5)}, {Entries: entries(2, 2, 3)}, {Entries: entries(3, 3, 1)}}},
			append(append(entries(1, 1, 1), entries(2, 2, 1)...), entries(3, 3, 1)...),
		},
		"and it grows again": {
			[][]replica.Persist{persist(entries(1, 1, 9)), persist(entries(2, 2, 1)), persist(entries(3, 2, 2))},
			append(append(entries(1, 1, 1), entries(2, 2, 1)...), entries(3, 2, 2)...),
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s store) {
				for _, batch := range c.batches {
					require.NoError(t, s.Persist(batch))
				}
				require.Equal(t, c.want, load(t, s).Entries)
			})
		})
	}
}

func TestAnEmptyBatchChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s store) {
		require.NoError(t, s.Persist(nil))
		require.NoError(t, s.Persist([]replica.Persist{{Token: 3}}))
		require.NoError(t, s.Apply(nil))
		require.Empty(t, load(t, s).Entries)
	})
}

func TestWhatDoesNotFitIsRefusedAndChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		write func(s store) error
		want  string
	}{
		"a gap after the log": {
			func(s store) error { return s.Persist(persist(entries(7, 1, 1))) },
			"log entry 7 does not follow the last one, 5",
		},
		"an entry before the first": {
			func(s store) error { return s.Persist(persist(entries(0, 1, 1))) },
			"log entry 0 does not follow",
		},
		"a gap within the entries": {
			func(s store) error {
				return s.Persist(persist([]raft.Entry{{Index: 6, Term: 1}, {Index: 8, Term: 1}}))
			},
			"log entry 8 where 7 is due",
		},
		"a log that ends before what is applied": {
			func(s store) error { return s.Persist(persist(entries(2, 1, 1))) },
			"the log would end at entry 2, but entry 3 is applied",
		},
		"a state ahead of the log": {
			func(s store) error { return s.Apply([]kv.Change{{Applied: 4}, {Applied: 5}, {Applied: 6}}) },
			"entry 6 applied, but the log ends at entry 5",
		},
		"a gap in the state": {
			func(s store) error { return s.Apply([]kv.Change{put(5, "k", "v")}) },
			"entry 5 applied after entry 3",
		},
		"a change applied again": {
			func(s store) error { return s.Apply([]kv.Change{put(3, "k", "v")}) },
			"entry 3 applied after entry 3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s store) {
				require.NoError(t, s.Persist(persist(entries(1, 1, 5))))
				require.NoError(t, s.Apply([]kv.Change{put(1, "k", "1"), put(2, "k", "2"), put(3, "k", "3")}))
				before := load(t, s)
				require.ErrorContains(t, c.write(s), c.want)
				require.Equal(t, before, load(t, s))
				require.NoError(t, s.Persist(persist(entries(6, 1, 1))), "a refused write is no disk failure")
			})
		})
	}
}

func TestOneCallOfApplyStoresWhatItsChangesLeaveInTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s store) {
		session := func(index uint64) map[string]*kv.Session {
			return map[string]*kv.Session{"c": {Seq: index, Index: index}}
		}
		gone := kv.Change{Applied: 3, Items: map[string]*kv.Item{"a": nil}, Sessions: session(3)}
		first, last := put(1, "a", "1"), put(4, "b", "4")
		first.Sessions = map[string]*kv.Session{"c": {Seq: 1, Index: 1}, "evicted": {Seq: 1, Index: 1}}
		last.Sessions = map[string]*kv.Session{"evicted": nil}
		require.NoError(t, s.Persist(persist(entries(1, 1, 4))))
		require.NoError(t, s.Apply([]kv.Change{first, put(2, "b", "2"), gone, last}))
		require.Equal(t, kv.State{
			Applied:  4,
			Items:    map[string]kv.Item{"b": {Value: "4", Revision: 4}},
			Sessions: map[string]kv.Session{"c": {Seq: 3, Index: 3}},
		}, load(t, s).State)
	})
}
