package pebble

import (
	"fmt"
	"log/slog"
	"sync"
)

// failure holds the first thing that went wrong with a disk. After it nothing succeeds
// any more: what an unsuccessful fsync leaves on disk is unknown, and trying again can
// report success for data that is gone (Rebello et al., "Can Applications Recover from
// fsync Failures?", USENIX ATC 2020).
type failure struct {
	dir    string
	logger *slog.Logger
	first  chan error // holds the first failure until somebody takes it

	mu  sync.Mutex
	err error
}

func newFailure(dir string, logger *slog.Logger) *failure {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &failure{dir: dir, logger: logger, first: make(chan error, 1)}
}

// report takes a failure. The first one is logged at once, because Pebble may panic
// over it before anybody gets to see the error.
func (f *failure) report(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return
	}
	f.logger.Error("disk failed", "dir", f.dir, "err", err)
	f.err = fmt.Errorf("storage in %s: %w", f.dir, err)
	f.first <- f.err
}

func (f *failure) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// guard runs an action on the database unless the disk has failed, and returns the
// first failure, be it of this action or of the background work meanwhile. The
// action's own success means nothing: a commit whose sync failed calls Fatalf, and
// returns without an error should Fatalf return.
func (f *failure) guard(action func() error) error {
	if err := f.get(); err != nil {
		return err
	}
	if err := action(); err != nil {
		f.report(err)
	}
	return f.get()
}

// Infof drops what Pebble tells about its daily work.
func (f *failure) Infof(string, ...any) {}

// Errorf logs what Pebble could not do.
func (f *failure) Errorf(format string, args ...any) {
	f.logger.Error("pebble: " + fmt.Sprintf(format, args...))
}

// Fatalf takes what Pebble cannot survive. Pebble expects the process to end here;
// instead the failure ends whatever waits for Failed, with its reason.
func (f *failure) Fatalf(format string, args ...any) { f.report(fmt.Errorf(format, args...)) }
