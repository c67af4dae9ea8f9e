package formats

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"

	"senkei/history"
)

// How much of a packed history a killed process loses at most: what was recorded since the
// last flush. More often would cost most of what packing gains.
const (
	flushBytes = 128 << 10
	flushEvery = time.Second
)

// CreatePacked begins the history file of a run, packed with zstd. It fails if the file exists.
// What is there after a crash reads as a history up to the last flush: a file is flushed when
// 128 KiB have been recorded, or with the first event after a second.
func CreatePacked(path string) (*history.Recorder, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("begin history: %w", err)
	}
	// One at a time, so that it starts no goroutine.
	encoder, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin history: %w", err), f.Close())
	}
	return history.NewRecorder(&packer{file: f, encoder: encoder, flushed: time.Now()}), nil
}

// packer packs what is written to a file.
type packer struct {
	file    *os.File
	encoder *zstd.Encoder
	pending int // bytes since the last flush
	flushed time.Time
}

func (p *packer) Write(line []byte) (int, error) {
	n, err := p.encoder.Write(line)
	p.pending += n
	if err == nil && (p.pending >= flushBytes || time.Since(p.flushed) >= flushEvery) {
		p.pending, p.flushed = 0, time.Now()
		err = p.encoder.Flush()
	}
	return n, err
}

// Sync ends the packed data, so that they are whole.
func (p *packer) Sync() error { return errors.Join(p.encoder.Close(), p.file.Sync()) }

// Close closes the file.
func (p *packer) Close() error { return p.file.Close() }
