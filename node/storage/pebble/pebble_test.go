package pebble

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t require.TestingT, fs vfs.FS) *Store {
	s, err := Open("data", Options{FS: fs})
	require.NoError(t, err)
	return s
}

func TestARealDirectoryIsOpenedAgain(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	require.NoError(t, err)
	require.NoError(t, s.Persist([]replica.Persist{{
		Hard: &raft.HardState{Term: 2, Vote: "n1"}, Entries: storagetest.Entries(1, 2, 4),
	}}))
	require.NoError(t, s.Apply([]kv.Change{storagetest.Put(1, "a", "1"), storagetest.Put(2, "b", "2")}))
	want := storagetest.Load(t, s)

	_, err = Open(dir, Options{})
	require.ErrorContains(t, err, "open storage in "+dir, "two processes must not share a directory")
	require.NoError(t, s.Close())

	s, err = Open(dir, Options{})
	require.NoError(t, err)
	require.Equal(t, want, storagetest.Load(t, s))
	require.ErrorContains(t, s.Persist(storagetest.Persist(storagetest.Entries(6, 2, 1))), "does not follow the last one, 4")
	require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(3, 3, 1))))
	require.NoError(t, s.Apply([]kv.Change{storagetest.Put(3, "c", "3")}))
	require.Len(t, storagetest.Load(t, s).Entries, 3)
	require.NoError(t, s.Close())
}

func TestLargeRoundsGoPastTheMemtable(t *testing.T) {
	s := open(t, vfs.NewMem())
	data := make([]byte, limits.ValueBytesMax)
	var log []raft.Entry
	for i := range uint64(24) {
		log = append(log, raft.Entry{Index: i + 1, Term: 1, Data: data})
	}
	require.NoError(t, s.Persist(storagetest.Persist(log)))
	require.NoError(t, s.Persist(storagetest.Persist(log[20:])))
	require.Equal(t, log, storagetest.Load(t, s).Entries)
	require.NoError(t, s.Close())
}

func TestLoadNamesWhatIsDamaged(t *testing.T) {
	entry := func(e raft.Entry) []byte { return appendEntry(nil, e) }
	base := func(index uint64) []byte { return codec.Marshal(raft.SnapshotMeta{Index: index, Term: 1}) }
	for name, c := range map[string]struct {
		key, value []byte // written over an intact store; a nil value removes the key
		want       string
	}{
		"a missing entry":         {logKey(2), nil, "log entry 2 is missing: entry 3 follows entry 1"},
		"a missing first entry":   {logKey(1), nil, "log entry 1 is missing"},
		"a falling term":          {logKey(3), entry(raft.Entry{Index: 3, Term: 1}), "log entry 3: its term 1 is below term 2"},
		"an entry without a term": {logKey(3), entry(raft.Entry{Index: 3}), "entry 3 of term 0: both begin with 1"},
		"an entry elsewhere": {
			logKey(3), entry(raft.Entry{Index: 2, Term: 2, Kind: raft.NoOp}), "log entry 3: it says that it is entry 2",
		},
		"an entry of a new kind": {
			logKey(3), entry(raft.Entry{Index: 3, Term: 2, Kind: 9}), "log entry 3: entry 3: unknown kind 9",
		},
		"a command written like other entries": {
			logKey(3), append([]byte{cborEntry}, codec.Marshal(raft.Entry{Index: 3, Term: 2})...),
			"log entry 3: a command in the layout of other entries",
		},
		"an unreadable entry":         {logKey(2), []byte{cborEntry, 'x'}, "log entry 2: "},
		"an entry in a new layout":    {logKey(2), []byte("x"), "log entry 2: unknown layout 120"},
		"an empty entry":              {logKey(2), []byte{}, "log entry 2: no bytes"},
		"a short log key":             {logKey(2)[:5], []byte("x"), "log key 6c00000000: 5 bytes"},
		"a state ahead":               {[]byte{statePrefix}, encodeState(0, 9), "the state reaches entry 9, but the log ends at entry 3"},
		"a short state":               {[]byte{statePrefix}, []byte{9}, "generation and applied index: 1 bytes instead of 16"},
		"a state of nothing":          {[]byte{statePrefix}, encodeState(1, 1), "it is of generation 0, but the state is of generation 1"},
		"a chunk of no snapshot":      {nameKey(itemPrefix, 1, "k"), appendItem(nil, kv.Item{}), "it is of generation 1, but the state is of generation 0"},
		"a base within the log":       {[]byte{basePrefix}, base(2), "log entry 3 is missing: entry 1 follows entry 2"},
		"an unreadable base":          {[]byte{basePrefix}, []byte("x"), "base of the log: "},
		"an unreadable hard state":    {[]byte{hardPrefix}, []byte("x"), "hard state: "},
		"an unreadable staged record": {[]byte{stagingPrefix}, []byte("x"), "staged snapshot: "},
		"an unreadable key":           {nameKey(itemPrefix, 0, "k"), []byte{}, `key "k": its revision: `},
		"a short key":                 {[]byte{itemPrefix, 0}, []byte("x"), `record "k\x00": its key has no known meaning`},
		"an unreadable session":       {nameKey(sessionPrefix, 0, "c"), []byte("x"), `session of client "c": `},
		"an unknown record":           {[]byte("zzz"), []byte("x"), `record "zzz": its key has no known meaning`},
		"an unknown single record":    {[]byte("z"), []byte("x"), `record "z": its key has no known meaning`},
	} {
		t.Run(name, func(t *testing.T) {
			fs := vfs.NewMem()
			s := open(t, fs)
			require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(1, 2, 3))))
			require.NoError(t, s.Apply([]kv.Change{storagetest.Put(1, "k", "v")}))
			if c.value == nil {
				require.NoError(t, s.db.Delete(c.key, pebble.Sync))
			} else {
				require.NoError(t, s.db.Set(c.key, c.value, pebble.Sync))
			}
			require.NoError(t, s.Close())

			s, err := Open("data", Options{FS: fs})
			if err == nil {
				_, err = s.Load()
				require.Error(t, s.Persist(storagetest.Persist(storagetest.Entries(4, 2, 1))), "nothing is written to a damaged store")
				require.Error(t, s.Close())
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "data", "the error says where")
		})
	}
}
