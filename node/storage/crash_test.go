package storage_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/memory"
	"senkei/node/storage/pebble"
	"senkei/node/storage/storagetest"
)

// contents is what a store holds.
type contents struct {
	disk   replica.Disk
	extent storage.Extent
}

func contentsOf(t require.TestingT, m *memory.Store) contents {
	return contents{storagetest.Load(t, m), m.Extent()}
}

// twins is a Pebble on a disk that can lose its power, a Memory that can, and what they may
// hold then. Every call is atomic and keeps its order, so a crash leaves what the calls left up
// to one of them, and none that was durable is missing. That there is never a mixture of two
// generations, a gap in the chunks, or a log cut off before the state is there to make up for
// it, follows, because without a crash Memory never holds any of these.
type twins struct {
	fs     *vfs.MemFS
	pebble *pebble.Store
	memory *memory.Store

	mu       sync.Mutex
	possible []contents // what a crash may leave, the oldest first; what is durable is the first
}

func newTwins(t require.TestingT) *twins {
	tw := &twins{fs: vfs.NewCrashableMem(), memory: memory.New()}
	tw.possible = []contents{contentsOf(t, tw.memory)}
	tw.pebble = open(t, tw.fs)
	return tw
}

// latest is what there is without a crash.
func (tw *twins) latest() contents { return tw.possible[len(tw.possible)-1] }

// write makes both do the same. While Pebble is at it, a crash may leave it done or not.
func (tw *twins) write(t require.TestingT, c call) {
	require.NoError(t, c.do(tw.memory))
	after := contentsOf(t, tw.memory)
	if c.leaves == nothing {
		require.Equal(t, tw.latest(), after)
	} else {
		tw.mu.Lock()
		tw.possible = append(tw.possible, after)
		tw.mu.Unlock()
	}
	require.NoError(t, c.do(tw.pebble))
	if c.leaves == durable {
		tw.mu.Lock()
		tw.possible = []contents{after}
		tw.mu.Unlock()
	}
}

// crash returns the disk as a power cut might leave it now, and what it may hold: exactly the
// data that were synced and, at random, some percent of the other blocks.
func (tw *twins) crash(percent int, rng *rand.Rand) (*vfs.MemFS, []contents) {
	tw.mu.Lock()
	defer tw.mu.Unlock()
	return tw.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng}), slices.Clone(tw.possible)
}

// recovered opens a disk after a crash and returns which of the possible contents it holds.
func recovered(t require.TestingT, fs vfs.FS, possible []contents) (*pebble.Store, int) {
	s := open(t, fs)
	found := storagetest.Load(t, s)
	for i, c := range possible {
		if reflect.DeepEqual(found, c.disk) && reflect.DeepEqual(s.Extent(), c.extent) {
			return s, i
		}
	}
	require.FailNow(t, "the crash left what never was there", "found %+v after %+v", found, possible[0].disk)
	return nil, 0
}

// requireTwin says that Memory knows what is durable, and that a power loss leaves of it
// exactly what may be left.
func (tw *twins) requireTwin(t require.TestingT) {
	require.Equal(t, len(tw.possible)-1, tw.memory.Unsynced())
	requireDurable(t, tw.possible[0].disk, tw.memory)
	for keep, want := range tw.possible {
		m := tw.memory.Clone()
		m.PowerLoss(keep)
		require.Equal(t, want, contentsOf(t, m))
		require.Zero(t, m.Unsynced())
		requireDurable(t, want.disk, m)
	}
}

// requireDurable compares what Memory calls durable with the disk that is.
func requireDurable(t require.TestingT, want replica.Disk, m *memory.Store) {
	require.Equal(t, want.Hard, m.DurableHard())
	first := want.Base.Index
	terms := []uint64{want.Base.Term}
	for _, entry := range want.Entries {
		terms = append(terms, entry.Term)
	}
	for i, want := range terms {
		term, ok := m.DurableTerm(first + uint64(i))
		require.True(t, ok)
		require.Equal(t, want, term)
	}
	for _, index := range []uint64{first - 1, first + uint64(len(terms))} {
		_, ok := m.DurableTerm(index)
		require.False(t, ok, "entry %d", index)
	}
}

// call is one call of a script.
type call struct {
	leaves leaves
	do     func(s storage.Store) error
}

// leaves says what a crash after a call leaves of it.
type leaves int

const (
	nothing leaves = iota // because it wrote nothing
	perhaps               // all or nothing of it
	durable               // all of it, and of what came before
)

// life is all that can happen to a store, in an order in which a server might do it. Large
// values make Pebble go on to new logs and tables in between.
func life() []call {
	large := func(index uint64) kv.Change { return storagetest.Put(index, "large", strings.Repeat("v", 300<<10)) }
	apply := func(changes ...kv.Change) call {
		return call{perhaps, func(s storage.Store) error { return s.Apply(changes) }}
	}
	stage := func(meta raft.SnapshotMeta, number uint64, last bool) call {
		return call{perhaps, func(s storage.Store) error { return s.Stage(storagetest.Chunk(meta, number, last)) }}
	}
	write := func(batch ...replica.Persist) call {
		return call{durable, func(s storage.Store) error { return s.Persist(batch) }}
	}
	compact := func(index uint64) call {
		return call{perhaps, func(s storage.Store) error { return s.Compact(storagetest.Meta(index, 1)) }}
	}
	hard := func(term uint64) replica.Persist {
		return replica.Persist{Hard: &raft.HardState{Term: term, Vote: "n2"}}
	}
	abandoned, kept, whole := storagetest.Meta(20, 2), storagetest.Meta(10, 1), storagetest.Meta(30, 3)
	return []call{
		{durable, func(s storage.Store) error { return s.Bootstrap(replica.Founding(storagetest.Voters)) }},
		write(hard(2)),
		write(storagetest.Persist(storagetest.Entries(2, 1, 12))...),
		apply(storagetest.Put(2, "a", "2"), storagetest.Put(3, "b", "3")),
		apply(large(4)),
		compact(3),
		apply(storagetest.Put(5, "a", "5")),
		compact(5),
		stage(abandoned, 0, false), stage(abandoned, 1, false),
		stage(kept, 0, false), apply(large(6)), stage(kept, 1, false), stage(kept, 2, true),
		write(storagetest.Install(kept, true)...),
		write(append([]replica.Persist{hard(3)}, storagetest.Persist(storagetest.Entries(12, 2, 4))...)...),
		apply(storagetest.Put(11, "a", "11"), large(12)),
		compact(12),
		stage(whole, 0, false), stage(whole, 1, true),
		write(append(storagetest.Install(whole, false), storagetest.Persist(storagetest.Entries(31, 3, 2))...)...),
		apply(storagetest.Put(31, "a", "31")),
		compact(31),
		write(hard(9)),
	}
}

// TestAPowerCutLeavesWhatWasThereAfterSomeCall cuts the power between the calls, and within
// them before every sync and every change of the directory. (A write alone leaves nothing.)
func TestAPowerCutLeavesWhatWasThereAfterSomeCall(t *testing.T) {
	tw := newTwins(t)
	require.NoError(t, tw.pebble.Close()) // to be opened again under watch
	type cut struct {
		fs       *vfs.MemFS
		possible []contents
	}
	var cuts []cut
	var cutting sync.Mutex // Pebble writes from several goroutines
	rng := rand.New(rand.NewPCG(1, 2))
	cutNow := func() {
		cutting.Lock()
		defer cutting.Unlock()
		for _, percent := range []int{0, 50} {
			fs, possible := tw.crash(percent, rng)
			cuts = append(cuts, cut{fs, possible})
		}
	}
	var opened atomic.Bool
	tw.pebble = open(t, errorfs.Wrap(tw.fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if opened.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && op.Kind != errorfs.OpFileWrite {
			cutNow()
		}
		return nil
	})))
	opened.Store(true)
	for _, c := range life() {
		tw.write(t, c)
		cutNow()
		tw.requireTwin(t)
	}
	require.NoError(t, tw.pebble.Close())

	for _, c := range cuts {
		after, i := recovered(t, c.fs, c.possible)
		if d := c.possible[i].disk; d.Staged != nil {
			require.NoError(t, after.Stage(storagetest.Chunk(d.Staged.Meta, d.Staged.Next, true)), "what follows fits")
			require.NoError(t, after.Persist(storagetest.Install(d.Staged.Meta, false)))
			require.Equal(t, storagetest.State(d.Staged.Meta, d.Staged.Next+1), storagetest.Load(t, after).State)
		}
		require.NoError(t, after.Close())
	}
	t.Logf("%d power cuts", len(cuts))
}

func TestACompactionIsNotFoundWithoutTheStateBeforeIt(t *testing.T) {
	tw := newTwins(t)
	for _, c := range life()[:4] {
		tw.write(t, c)
	}
	tw.write(t, call{perhaps, func(s storage.Store) error { return s.Compact(storagetest.Meta(3, 1)) }})
	fs, _ := tw.crash(0, nil)
	after := open(t, fs)
	tw.memory.PowerLoss(0)
	for _, s := range []storage.Store{after, tw.memory} {
		found := storagetest.Load(t, s)
		require.Equal(t, uint64(1), found.Base.Index)
		require.Equal(t, uint64(1), found.State.Applied)
		require.Len(t, found.Entries, 12, "the log is there to apply it again")
	}
	require.NoError(t, after.Close())
	require.NoError(t, tw.pebble.Close())
}

// TestPebbleHoldsWhatMemoryHolds lets both do the same at random, with restarts and power
// cuts in between.
func TestPebbleHoldsWhatMemoryHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tw := newTwins(t)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		t.Repeat(map[string]func(t *rapid.T){
			"persist": func(t *rapid.T) {
				batch, leaves := drawBatch(t, tw.latest().disk), nothing
				for _, p := range batch {
					if p.Hard != nil || len(p.Entries) > 0 {
						leaves = durable
					}
				}
				tw.write(t, call{leaves, func(s storage.Store) error { return s.Persist(batch) }})
			},
			"apply": func(t *rapid.T) {
				changes, leaves := drawChanges(t, tw.latest().disk), nothing
				if len(changes) > 0 {
					leaves = perhaps
				}
				tw.write(t, call{leaves, func(s storage.Store) error { return s.Apply(changes) }})
			},
			"stage": func(t *rapid.T) {
				chunk := drawChunk(t, tw.latest().extent)
				tw.write(t, call{perhaps, func(s storage.Store) error { return s.Stage(chunk) }})
			},
			"install": func(t *rapid.T) {
				staged, at := tw.latest().extent.Staging, tw.latest().extent
				if staged == nil || !staged.Complete || staged.Meta.Index < at.Applied {
					t.Skip("nothing to install")
				}
				keep := staged.Meta.Index <= at.Last && rapid.Bool().Draw(t, "keep")
				batch := storagetest.Install(staged.Meta, keep)
				if !keep {
					batch[0].Entries = storagetest.Entries(staged.Meta.Index+1, 1, rapid.IntRange(0, 3).Draw(t, "entries"))
				}
				tw.write(t, call{durable, func(s storage.Store) error { return s.Persist(batch) }})
			},
			"compact": func(t *rapid.T) {
				at := tw.latest().extent
				meta := storagetest.Meta(rapid.Uint64Range(at.Base, at.Applied).Draw(t, "until"), 1)
				tw.write(t, call{perhaps, func(s storage.Store) error { return s.Compact(meta) }})
			},
			"restart": func(t *rapid.T) {
				require.NoError(t, tw.pebble.Close())
				tw.pebble = open(t, tw.fs)
			},
			"power cut": func(t *rapid.T) {
				fs, possible := tw.crash(rapid.SampledFrom([]int{0, 50}).Draw(t, "percent"), rng)
				require.NoError(t, tw.pebble.Close())
				after, kept := recovered(t, fs, possible)
				tw.memory.PowerLoss(kept)
				tw.fs, tw.pebble, tw.possible = fs, after, possible[kept:kept+1]
			},
			"": func(t *rapid.T) {
				require.Equal(t, tw.latest(), contentsOf(t, tw.memory))
				require.Equal(t, tw.latest(), contents{storagetest.Load(t, tw.pebble), tw.pebble.Extent()})
				tw.requireTwin(t)
			},
		})
		require.NoError(t, tw.pebble.Close())
	})
}

// drawChunk draws one that fits: the next of the snapshot that is staged, or the first of any.
func drawChunk(t *rapid.T, at storage.Extent) replica.Stage {
	last := rapid.Bool().Draw(t, "last")
	if at.Staging != nil && !at.Staging.Complete && rapid.Bool().Draw(t, "go on") {
		return storagetest.Chunk(at.Staging.Meta, at.Staging.Next, last)
	}
	return storagetest.Chunk(storagetest.Meta(rapid.Uint64Range(at.Applied, at.Last+3).Draw(t, "snapshot"), 1), 0, last)
}

// drawBatch draws Persist effects that fit to d: new entries, replaced ones after what
// is applied, and hard states.
func drawBatch(t *rapid.T, d replica.Disk) []replica.Persist {
	var batch []replica.Persist
	last := d.Base.Index + uint64(len(d.Entries))
	for range rapid.IntRange(0, 3).Draw(t, "effects") {
		var effect replica.Persist
		if rapid.Bool().Draw(t, "hard") {
			effect.Hard = &raft.HardState{Term: rapid.Uint64().Draw(t, "term"), Vote: "n1"}
		}
		first := rapid.Uint64Range(d.State.Applied+1, last+1).Draw(t, "first")
		if n := rapid.IntRange(0, 4).Draw(t, "entries"); n > 0 {
			effect.Entries = storagetest.Entries(first, 1, n)
			effect.Entries[0].Data = rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "data")
			last = first + uint64(n) - 1
		}
		batch = append(batch, effect)
	}
	return batch
}

func drawChanges(t *rapid.T, d replica.Disk) []kv.Change {
	var changes []kv.Change
	until := rapid.Uint64Range(d.State.Applied, d.Base.Index+uint64(len(d.Entries))).Draw(t, "until")
	for index := d.State.Applied + 1; index <= until; index++ {
		change := storagetest.Put(index, rapid.StringN(1, 2, -1).Draw(t, "key"), "v")
		change.Sessions = map[string]*kv.Session{"c": {Seq: index, Index: index}, "d": nil}
		changes = append(changes, change)
	}
	return changes
}
