package pebble

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestADirectoryStaysSmallUnderLoad writes far more than there is to keep: the log is
// compacted, and every key is written many times over.
func TestADirectoryStaysSmallUnderLoad(t *testing.T) {
	const (
		puts           = 100_000
		measuredEvery  = 256 // rounds
		directoryBytes = 150 << 20
		tableBytes     = 1500 << 10 // of what is left once Pebble has tidied up
	)
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	require.NoError(t, err)
	load, most := newBusy(t, s, busyRound), int64(0)
	for round := range puts / busyRound {
		load.round(t)
		if round%measuredEvery == 0 {
			most = max(most, sizeOf(t, dir))
		}
	}
	most = max(most, sizeOf(t, dir))
	require.Less(t, most, int64(directoryBytes))

	require.NoError(t, s.db.Compact(t.Context(), []byte{0}, []byte{0xff}, false))
	left, err := s.db.EstimateDiskUsage([]byte{0}, []byte{0xff})
	require.NoError(t, err)
	require.Less(t, left, uint64(tableBytes), "what was compacted is gone")
	require.NoError(t, s.Close())
	t.Logf("at most %d kB while it was written, then %d kB of tables", most>>10, left>>10)
}

// sizeOf returns how many bytes the files of a directory hold. Files may vanish meanwhile.
func sizeOf(t *testing.T, dir string) (sum int64) {
	require.NoError(t, filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := entry.Info(); err == nil && !entry.IsDir() {
			sum += info.Size()
		}
		return nil
	}))
	return sum
}
