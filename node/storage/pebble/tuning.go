package pebble

import (
	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// memTableBytes is how much Pebble gathers in memory before it writes a table. It
	// allocates two such tables at most.
	memTableBytes = 16 << 20
	// cacheBytes bounds what Pebble keeps of its tables. The replica has all of it in memory
	// and reads the disk once, when it starts.
	cacheBytes = 8 << 20
)

// tuned returns Pebble's options.
func tuned(fs vfs.FS, failure *failure) *pebble.Options {
	return &pebble.Options{
		FS:                 fs,
		FormatMajorVersion: pebble.FormatNewest,
		MemTableSize:       memTableBytes,
		CacheSize:          cacheBytes,
		Logger:             failure,
		EventListener:      &pebble.EventListener{BackgroundError: failure.report},
	}
}
