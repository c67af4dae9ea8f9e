package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/limits"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/storagetest"
)

// brokenFS is an in-memory file system on which the operations that match fail from
// break until mend.
type brokenFS struct {
	vfs.FS
	broken atomic.Bool
}

func newBrokenFS(match func(op errorfs.Op) bool) *brokenFS {
	b := &brokenFS{}
	b.FS = errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if b.broken.Load() && match(op) {
			return errorfs.ErrInjected
		}
		return nil
	}))
	return b
}

// injected is the text of errorfs.ErrInjected, which Pebble's Fatalf does not wrap.
const injected = "injected error"

func isLog(op errorfs.Op) bool { return filepath.Ext(op.Path) == ".log" }

func awaitFailure(t *testing.T, s *Store) error {
	t.Helper()
	select {
	case err := <-s.Failed():
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the disk failure was not reported")
		return nil
	}
}

func TestNothingSucceedsAfterTheFirstDiskFailure(t *testing.T) {
	for name, match := range map[string]func(op errorfs.Op) bool{
		"a log write fails": func(op errorfs.Op) bool { return isLog(op) && op.Kind == errorfs.OpFileWrite },
		"a log sync fails": func(op errorfs.Op) bool {
			return isLog(op) && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData)
		},
	} {
		t.Run(name, func(t *testing.T) {
			fs := newBrokenFS(match)
			s := open(t, fs)
			require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(1, 1, 1))))

			fs.broken.Store(true)
			err := s.Persist(storagetest.Persist(storagetest.Entries(2, 1, 1)))
			require.ErrorContains(t, err, injected)
			require.ErrorContains(t, awaitFailure(t, s), injected)

			fs.broken.Store(false)
			require.ErrorContains(t, s.Persist(storagetest.Persist(storagetest.Entries(2, 1, 1))), injected)
			require.ErrorContains(t, s.Persist(storagetest.Persist(storagetest.Entries(99, 1, 1))), injected, "though it does not follow either")
			require.ErrorContains(t, s.Apply([]kv.Change{storagetest.Put(1, "k", "v")}), injected)
			require.ErrorContains(t, s.Stage(storagetest.Chunk(storagetest.Meta(9, 2), 0, true)), injected)
			require.ErrorContains(t, s.Compact(raft.SnapshotMeta{}), injected)
			require.ErrorContains(t, s.Bootstrap(replica.Founding(storagetest.Voters)), injected)
			_, err = s.Load()
			require.ErrorContains(t, err, injected)
			require.ErrorContains(t, s.Close(), injected)
		})
	}
}

func TestASnapshotThatMeetsABrokenDiskIsNotInstalled(t *testing.T) {
	meta := storagetest.Meta(9, 2)
	for name, write := range map[string]func(s storage.Store) error{
		"a founding": func(s storage.Store) error { return s.Bootstrap(replica.Founding(storagetest.Voters)) },
		"an install": func(s storage.Store) error { return s.Persist(storagetest.Install(meta, false)) },
		// These do not wait for the disk, but whoever does so next learns of the failure.
		"a chunk":      func(s storage.Store) error { return awaitDisk(s, s.Stage(storagetest.Chunk(meta, 0, false))) },
		"a compaction": func(s storage.Store) error { return awaitDisk(s, s.Compact(storagetest.Meta(2, 1))) },
	} {
		t.Run(name, func(t *testing.T) {
			fs := newBrokenFS(isLog)
			s := open(t, fs)
			if name != "a founding" {
				storagetest.Founded(t, s)
				storagetest.StageAll(t, s, meta, 1)
			}
			fs.broken.Store(true)
			require.ErrorContains(t, write(s), injected)
			fs.broken.Store(false)
			require.ErrorContains(t, awaitFailure(t, s), injected)
			require.ErrorContains(t, awaitDisk(s, nil), injected)
			require.ErrorContains(t, s.Stage(storagetest.Chunk(meta, 0, false)), injected)
			require.ErrorContains(t, s.Close(), injected)
		})
	}
}

// awaitDisk makes what was written before durable, unless that has failed.
func awaitDisk(s storage.Store, err error) error {
	if err != nil {
		return err
	}
	return s.Persist([]replica.Persist{{Hard: &raft.HardState{Term: 9}}})
}

// TestAnUnsyncedWriteThatFailsEndsTheProcessWithItsReason runs itself once more as a
// child, because Pebble may panic over such a failure.
func TestAnUnsyncedWriteThatFailsEndsTheProcessWithItsReason(t *testing.T) {
	const child = "STORAGE_TEST_CHILD"
	if os.Getenv(child) == "" {
		command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		command.Env = append(os.Environ(), child+"=1")
		output, err := command.CombinedOutput()
		require.Error(t, err, "%s", output)
		require.Contains(t, string(output), `msg="disk failed" dir=data err="injected error"`)
		require.NotContains(t, string(output), "still running")
		return
	}
	fs := newBrokenFS(isLog)
	s, err := Open("data", Options{FS: fs, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	require.NoError(t, err)
	require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(1, 1, 3))))
	fs.broken.Store(true)
	for index := uint64(1); index <= 3; index++ {
		_ = s.Apply([]kv.Change{storagetest.Put(index, "k", strings.Repeat("v", limits.ValueBytesMax))})
	}
	require.NoError(t, s.Persist(storagetest.Persist(storagetest.Entries(4, 1, 1))))
	fmt.Println("still running")
}

func TestAFailedFlushInTheBackgroundStopsTheStore(t *testing.T) {
	fs := newBrokenFS(func(op errorfs.Op) bool { return filepath.Ext(op.Path) == ".sst" })
	s := open(t, fs)
	fs.broken.Store(true)
	data := make([]byte, memTableBytes)
	_ = s.Persist(storagetest.Persist([]raft.Entry{{Index: 1, Term: 1, Data: data}})) // the flush may fail before this returns
	require.ErrorIs(t, awaitFailure(t, s), errorfs.ErrInjected)
	require.ErrorIs(t, s.Persist(storagetest.Persist(storagetest.Entries(2, 1, 1))), errorfs.ErrInjected)
	fs.broken.Store(false)
	require.ErrorIs(t, s.Close(), errorfs.ErrInjected)
}

func TestADiskThatFailsWhileOpeningIsAnError(t *testing.T) {
	fs := newBrokenFS(func(op errorfs.Op) bool { return strings.Contains(op.Path, "MANIFEST") })
	fs.broken.Store(true)
	_, err := Open("data", Options{FS: fs})
	require.ErrorIs(t, err, errorfs.ErrInjected)
}

func TestGuardTurnsEveryKindOfReportIntoTheFirstFailure(t *testing.T) {
	broken := errors.New("broken")
	for name, action := range map[string]func(f *failure) error{
		"an error":          func(*failure) error { return broken },
		"a call of Fatalf":  func(f *failure) error { f.Fatalf("commit: %w", broken); return nil },
		"background errors": func(f *failure) error { f.report(broken); f.report(errors.New("later")); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFailure("data", nil)
			require.NoError(t, f.guard(func() error { return nil }))
			require.ErrorIs(t, f.guard(func() error { return action(f) }), broken)
			require.ErrorIs(t, <-f.first, broken)
			require.ErrorIs(t, f.guard(func() error { panic("must not run") }), broken)
		})
	}
}

func TestOnlyErrorsOfPebbleAreLogged(t *testing.T) {
	var log bytes.Buffer
	f := newFailure("data", slog.New(slog.NewTextHandler(&log, nil)))
	f.Infof("flushed %d", 1)
	require.Empty(t, log.String())
	f.Errorf("table %d is unreadable", 7)
	require.Contains(t, log.String(), "pebble: table 7 is unreadable")
}
