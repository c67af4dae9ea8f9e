package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"os"
	"sync"
)

// stored is a node's copy of a register. The zero value is that of one never written.
type stored struct {
	Key     string `json:"key,omitempty"` // in the file only
	Counter uint64 `json:"counter"`       // copies are as new as their counter is high,
	Writer  string `json:"writer"`        // and of two with the same one, as their writer
	Value   string `json:"value"`
}

func (c stored) olderThan(other stored) bool {
	return cmp.Or(cmp.Compare(c.Counter, other.Counter), cmp.Compare(c.Writer, other.Writer)) < 0
}

// copies are those of all registers, in memory and as lines of a file, each synced before it
// is acknowledged.
type copies struct {
	mu    sync.Mutex
	file  *os.File
	byKey map[string]stored
}

// open reads the copies. A last line that a crash cut off was never acknowledged; what comes
// next takes its place.
func open(path string) (*copies, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	all := &copies{file: file, byKey: map[string]stored{}}
	lines := json.NewDecoder(file)
	for {
		whole := lines.InputOffset()
		var c stored
		if err := lines.Decode(&c); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			if _, err := file.Seek(whole, io.SeekStart); err != nil {
				return nil, err
			}
			return all, file.Truncate(whole)
		} else if err != nil {
			return nil, err
		}
		all.byKey[c.Key] = c
	}
}

func (all *copies) get(key string) stored {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.byKey[key]
}

// put keeps c, unless a newer copy is here already.
func (all *copies) put(key string, c stored) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	if !all.byKey[key].olderThan(c) {
		return nil
	}
	c.Key = key
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := all.file.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := all.file.Sync(); err != nil {
		return err
	}
	all.byKey[key] = c
	return nil
}
