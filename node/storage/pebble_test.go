package storage

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
)

func TestARealDirectoryIsOpenedAgain(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	require.NoError(t, err)
	require.NoError(t, s.Persist([]replica.Persist{{
		Hard: &raft.HardState{Term: 2, Vote: "n1"}, Entries: entries(1, 2, 4),
	}}))
	require.NoError(t, s.Apply([]kv.Change{put(1, "a", "1"), put(2, "b", "2")}))
	want := load(t, s)

	_, err = Open(dir, Options{})
	require.ErrorContains(t, err, "open storage in "+dir, "two processes must not share a directory")
	require.NoError(t, s.Close())

	s, err = Open(dir, Options{})
	require.NoError(t, err)
	require.Equal(t, want, load(t, s))
	require.ErrorContains(t, s.Persist(persist(entries(6, 2, 1))), "does not follow the last one, 4")
	require.NoError(t, s.Persist(persist(entries(3, 3, 1))))
	require.NoError(t, s.Apply([]kv.Change{put(3, "c", "3")}))
	require.Len(t, load(t, s).Entries, 3)
	require.NoError(t, s.Close())
}

func TestLargeRoundsGoPastTheMemtable(t *testing.T) {
	s := open(t, vfs.NewMem())
	data := make([]byte, kv.MaxValueBytes)
	var log []raft.Entry
	for i := range uint64(24) {
		log = append(log, raft.Entry{Index: i + 1, Term: 1, Data: data})
	}
	require.NoError(t, s.Persist(persist(log)))
	require.NoError(t, s.Persist(persist(log[20:])))
	require.Equal(t, log, load(t, s).Entries)
	require.NoError(t, s.Close())
}

// TestAPowerCutTakesNothingThatWasPersisted cuts the power after a random history of
// writes, once so that exactly the synced data survive and once so that some of the
// other blocks do, too.
func TestAPowerCutTakesNothingThatWasPersisted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := vfs.NewCrashableMem()
		s, twin := open(t, fs), NewMemory()
		states := []kv.State{load(t, twin).State}
		for range rapid.IntRange(0, 10).Draw(t, "rounds") {
			batch := drawBatch(t, load(t, twin))
			require.NoError(t, s.Persist(batch))
			require.NoError(t, twin.Persist(batch))

			changes := drawChanges(t, load(t, twin))
			require.NoError(t, s.Apply(changes))
			for _, change := range changes {
				require.NoError(t, twin.Apply([]kv.Change{change}))
				states = append(states, load(t, twin).State)
			}
		}
		want := load(t, twin)
		require.Equal(t, want, load(t, s))

		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for _, percent := range []int{0, 50} {
			after := open(t, fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng}))
			got := load(t, after)
			require.Equal(t, want.Hard, got.Hard)
			require.Equal(t, want.Entries, got.Entries)
			require.Equal(t, states[got.State.Applied], got.State, "the state is one that was applied, whole")
			require.NoError(t, after.Close())
		}
		require.NoError(t, s.Close())
	})
}

func TestAPowerCutTakesChangesThatWereOnlyApplied(t *testing.T) {
	fs := vfs.NewCrashableMem()
	s := open(t, fs)
	require.NoError(t, s.Persist(persist(entries(1, 1, 2))))
	require.NoError(t, s.Apply([]kv.Change{put(1, "k", "1")}))
	require.NoError(t, s.Persist(persist(entries(3, 1, 1))), "this makes the change before it durable, too")
	require.NoError(t, s.Apply([]kv.Change{put(2, "k", "2")}))

	after := open(t, fs.CrashClone(vfs.CrashCloneCfg{}))
	got := load(t, after)
	require.Len(t, got.Entries, 3)
	require.Equal(t, uint64(1), got.State.Applied)
	require.Equal(t, "1", got.State.Items["k"].Value)
	require.NoError(t, after.Close())
	require.NoError(t, s.Close())
}

// drawBatch draws Persist effects that fit to d: new entries, replaced ones after what
// is applied, and hard states.
func drawBatch(t *rapid.T, d replica.Disk) []replica.Persist {
	var batch []replica.Persist
	last := uint64(len(d.Entries))
	for range rapid.IntRange(0, 3).Draw(t, "effects") {
		var effect replica.Persist
		if rapid.Bool().Draw(t, "hard") {
			effect.Hard = &raft.HardState{Term: rapid.Uint64().Draw(t, "term"), Vote: "n1"}
		}
		first := rapid.Uint64Range(d.State.Applied+1, last+1).Draw(t, "first")
		if n := rapid.IntRange(0, 4).Draw(t, "entries"); n > 0 {
			effect.Entries = entries(first, 1, n)
			effect.Entries[0].Data = rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "data")
			last = first + uint64(n) - 1
		}
		batch = append(batch, effect)
	}
	return batch
}

func drawChanges(t *rapid.T, d replica.Disk) []kv.Change {
	var changes []kv.Change
	until := rapid.Uint64Range(d.State.Applied, uint64(len(d.Entries))).Draw(t, "until")
	for index := d.State.Applied + 1; index <= until; index++ {
		change := put(index, rapid.StringN(1, 2, -1).Draw(t, "key"), "v")
		change.Sessions = map[string]*kv.Session{"c": {Seq: index, Index: index}, "d": nil}
		changes = append(changes, change)
	}
	return changes
}

func TestLoadNamesWhatIsDamaged(t *testing.T) {
	entry := func(e raft.Entry) []byte { return codec.Marshal(e) }
	for name, c := range map[string]struct {
		key, value []byte // written over an intact store; a nil value removes the key
		want       string
	}{
		"a missing entry":          {logKey(2), nil, "log entry 2 is missing: entry 3 follows entry 1"},
		"a missing first entry":    {logKey(1), nil, "log entry 1 is missing"},
		"a falling term":           {logKey(3), entry(raft.Entry{Index: 3, Term: 1}), "log entry 3: its term 1 is below term 2"},
		"an entry elsewhere":       {logKey(3), entry(raft.Entry{Index: 2, Term: 2}), "log entry 3: it says that it is entry 2"},
		"an entry of a new kind":   {logKey(3), entry(raft.Entry{Index: 3, Term: 2, Kind: 9}), "log entry 3: unknown kind 9"},
		"an unreadable entry":      {logKey(2), []byte("x"), "log entry 2: "},
		"an empty entry":           {logKey(2), []byte{}, "log entry 2: "},
		"a short log key":          {logKey(2)[:5], []byte("x"), "log key 6c00000000: 5 bytes"},
		"a state ahead":            {[]byte{appliedPrefix}, []byte{0, 0, 0, 0, 0, 0, 0, 9}, "the state reaches entry 9, but the log ends at entry 3"},
		"a short applied index":    {[]byte{appliedPrefix}, []byte{9}, "applied index: 1 bytes instead of 8"},
		"an unreadable hard state": {[]byte{hardPrefix}, []byte("x"), "hard state: "},
		"an unreadable key":        {nameKey(itemPrefix, "k"), []byte("x"), `key "k": `},
		"an unreadable session":    {nameKey(sessionPrefix, "c"), []byte("x"), `session of client "c": `},
		"an unknown record":        {[]byte("zzz"), []byte("x"), `record "zzz": its key has no known meaning`},
	} {
		t.Run(name, func(t *testing.T) {
			fs := vfs.NewMem()
			s := open(t, fs)
			require.NoError(t, s.Persist(persist(entries(1, 2, 3))))
			require.NoError(t, s.Apply([]kv.Change{put(1, "k", "v")}))
			if c.value == nil {
				require.NoError(t, s.db.Delete(c.key, pebble.Sync))
			} else {
				require.NoError(t, s.db.Set(c.key, c.value, pebble.Sync))
			}
			require.NoError(t, s.Close())

			s, err := Open("data", Options{FS: fs})
			if err == nil {
				_, err = s.Load()
				require.Error(t, s.Persist(persist(entries(4, 2, 1))), "nothing is written to a damaged store")
				require.Error(t, s.Close())
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "data", "the error says where")
		})
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(logKey(1), codec.Marshal(raft.Entry{Index: 1, Term: 1, Data: []byte("d")}))
	f.Add([]byte{hardPrefix}, codec.Marshal(raft.HardState{Term: 1, Vote: "n1"}))
	f.Add([]byte{appliedPrefix}, []byte{0, 0, 0, 0, 0, 0, 0, 1})
	f.Add(nameKey(itemPrefix, "k"), codec.Marshal(kv.Item{Value: "v", Revision: 1}))
	f.Add(nameKey(sessionPrefix, "c"), codec.Marshal(kv.Session{Seq: 1, Index: 1}))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, value []byte) {
		d := newDecoder()
		if d.add(key, value) != nil {
			return
		}
		for _, entry := range d.disk.Entries {
			require.Equal(t, key, logKey(entry.Index))
			again := newDecoder()
			require.NoError(t, again.add(key, codec.Marshal(entry)))
			require.Equal(t, d.disk, again.disk)
		}
	})
}
