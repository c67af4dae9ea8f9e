package storage_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/node/kv"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/memory"
	"senkei/node/storage/storagetest"
)

// recorder writes down what it is asked to do, and refuses what begins with fails.
type recorder struct {
	calls []string
	fails string
}

var errRefused = errors.New("refused")

func (r *recorder) called(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	if r.fails != "" && strings.HasPrefix(call, r.fails) {
		return errRefused
	}
	r.calls = append(r.calls, call)
	return nil
}

func (r *recorder) Persist(batch []replica.Persist) error {
	var tokens []uint64
	for _, p := range batch {
		tokens = append(tokens, p.Token)
	}
	return r.called("persist %d", tokens)
}

func (r *recorder) Apply(changes []kv.Change) error {
	var indices []uint64
	for _, c := range changes {
		indices = append(indices, c.Applied)
	}
	return r.called("apply %d", indices)
}

func (r *recorder) Stage(s replica.Stage) error { return r.called("stage %d", s.Number) }

func (r *recorder) Compact(base raft.SnapshotMeta) error { return r.called("compact %d", base.Index) }

func (r *recorder) durable(token uint64) { r.calls = append(r.calls, fmt.Sprintf("durable %d", token)) }

func TestWritesAreDoneTogetherAsFarAsTheirMeaningAllows(t *testing.T) {
	entry := func(token uint64) replica.Effect { return replica.Persist{Token: token} }
	change := func(index uint64) replica.Effect { return replica.Apply{Change: kv.Change{Applied: index}} }
	stage, compact := replica.Stage{Number: 3}, replica.Compact{Meta: raft.SnapshotMeta{Index: 8}}
	installs := replica.Persist{Token: 5, Install: &raft.Install{}}
	for says, c := range map[string]struct {
		effects []replica.Effect
		fails   string
		want    []string
	}{
		"nothing":                        {nil, "", nil},
		"one sync for all entries":       {[]replica.Effect{entry(1), entry(2), entry(3)}, "", []string{"persist [1 2 3]", "durable 3"}},
		"the state after the log":        {[]replica.Effect{entry(1), change(7), entry(2), change(8)}, "", []string{"persist [1 2]", "durable 2", "apply [7 8]"}},
		"the state alone":                {[]replica.Effect{change(7), change(8)}, "", []string{"apply [7 8]"}},
		"a snapshot after what is older": {[]replica.Effect{entry(4), change(7), installs, entry(6)}, "", []string{"persist [4]", "durable 4", "apply [7]", "persist [5 6]", "durable 6"}},
		"a chunk in its place":           {[]replica.Effect{entry(1), stage, entry(2)}, "", []string{"persist [1]", "durable 1", "stage 3", "persist [2]", "durable 2"}},
		"a compaction in its place":      {[]replica.Effect{change(8), compact, change(9)}, "", []string{"apply [8]", "compact 8", "apply [9]"}},
		"a failed sync is not durable":   {[]replica.Effect{entry(1), change(7)}, "persist", nil},
		"a failed chunk ends the work":   {[]replica.Effect{entry(1), stage, entry(2)}, "stage", []string{"persist [1]", "durable 1"}},
		"a failed group ends the work":   {[]replica.Effect{change(8), compact}, "apply", nil},
		"a failed compaction, too":       {[]replica.Effect{compact, entry(1)}, "compact", nil},
	} {
		t.Run(says, func(t *testing.T) {
			r := &recorder{fails: c.fails}
			err := storage.WriteAll(r, c.effects, r.durable)
			require.Equal(t, c.want, r.calls)
			if c.fails != "" {
				require.ErrorIs(t, err, errRefused)
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestAnEffectThatIsNoWriteIsAMistakeOfTheDriver(t *testing.T) {
	require.Panics(t, func() { _ = storage.WriteAll(&recorder{}, []replica.Effect{replica.Note{}}, func(uint64) {}) })
}

// TestWritesTogetherLeaveWhatTheyLeaveOneByOne compares both on writes drawn at random.
func TestWritesTogetherLeaveWhatTheyLeaveOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		single, together := memory.New(), memory.New()
		var effects []replica.Effect
		do := func(e replica.Effect) {
			effects = append(effects, e)
			require.NoError(t, storage.WriteAll(single, []replica.Effect{e}, func(uint64) {}))
		}
		t.Repeat(map[string]func(t *rapid.T){
			"persist": func(t *rapid.T) {
				for _, p := range drawBatch(t, storagetest.Load(t, single)) {
					do(p)
				}
			},
			"apply": func(t *rapid.T) {
				for _, c := range drawChanges(t, storagetest.Load(t, single)) {
					do(replica.Apply{Change: c})
				}
			},
			"snapshot": func(t *rapid.T) {
				at := single.Extent()
				meta := storagetest.Meta(rapid.Uint64Range(at.Applied, at.Last+3).Draw(t, "snapshot"), 1)
				do(storagetest.Chunk(meta, 0, true))
				do(storagetest.Install(meta, meta.Index <= at.Last)[0])
			},
			"compact": func(*rapid.T) {
				do(replica.Compact{Meta: storagetest.Meta(single.Extent().Applied, 1)})
			},
			"write": func(t *rapid.T) {
				require.NoError(t, storage.WriteAll(together, effects, func(uint64) {}))
				effects = nil
				require.Equal(t, storagetest.Load(t, single), storagetest.Load(t, together))
			},
		})
	})
}
