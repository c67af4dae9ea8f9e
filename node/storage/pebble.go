package storage

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"senkei/node/codec"
	"senkei/node/kv"
	"senkei/node/replica"
)

// memTableBytes is how much Pebble gathers in memory before it writes a table. It
// allocates two such tables at most.
const memTableBytes = 16 << 20

// Pebble keeps a replica's data in a Pebble database. Its methods belong to one
// goroutine. A Persist can block as long as the disk does.
type Pebble struct {
	db      *pebble.DB
	failure *failure
	extent  extent
}

// Options are what Open can do without.
type Options struct {
	FS     vfs.FS       // nil is the file system of the machine
	Logger *slog.Logger // takes Pebble's errors; nil drops them
}

// Open opens the data in dir, or creates it. A directory that is open already is an
// error.
func Open(dir string, opts Options) (*Pebble, error) {
	failure := newFailure(dir, opts.Logger)
	if opts.FS == nil {
		opts.FS = vfs.Default
	}
	db, err := pebble.Open(dir, &pebble.Options{
		FS:                 watchedFS{FS: opts.FS, report: failure.report},
		FormatMajorVersion: pebble.FormatNewest,
		MemTableSize:       memTableBytes,
		Logger:             failure,
		EventListener:      &pebble.EventListener{BackgroundError: failure.report},
	})
	if err != nil {
		return nil, fmt.Errorf("open storage in %s: %w", dir, err)
	}
	p := &Pebble{db: db, failure: failure}
	if err := failure.guard(p.measure); err != nil {
		_ = p.Close() // the data are of no use, whatever closing them says
		return nil, fmt.Errorf("open: %w", err)
	}
	return p, nil
}

// Load returns everything that is stored. An error names what is damaged.
func (p *Pebble) Load() (replica.Disk, error) {
	d := newDecoder()
	err := p.failure.guard(func() error {
		if err := p.scan(nil, d.add); err != nil {
			return err
		}
		return validate(d.disk)
	})
	if err != nil {
		return replica.Disk{}, fmt.Errorf("load: %w", err)
	}
	return d.disk, nil
}

// Persist makes the whole batch durable at once. Each effect's entries replace the log
// from the first one's index on. After an error it is unknown whether the batch is
// stored, and Persist and Apply fail for ever.
func (p *Pebble) Persist(batch []replica.Persist) error {
	after, err := p.extent.persist(batch)
	if err != nil {
		return fmt.Errorf("persist in %s: %w", p.failure.dir, err)
	}
	last := p.extent.last
	err = p.write(pebble.Sync, func(b *pebble.Batch) error {
		for _, effect := range batch {
			if err := putEffect(b, effect, last); err != nil {
				return err
			}
			if n := len(effect.Entries); n > 0 {
				last = effect.Entries[n-1].Index
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("persist: %w", err)
	}
	p.extent = after
	return nil
}

// Apply writes changes of the key-value state, in order, the state and the applied
// index together. It does not wait for the disk: a crash may take back the latest
// changes, never a part of one. The entries applied must have been persisted before,
// so that the state never gets ahead of the log.
func (p *Pebble) Apply(changes []kv.Change) error {
	after, err := p.extent.apply(changes)
	if err != nil {
		return fmt.Errorf("apply in %s: %w", p.failure.dir, err)
	}
	err = p.write(pebble.NoSync, func(b *pebble.Batch) error {
		for _, change := range changes {
			if err := putChange(b, change); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	p.extent = after
	return nil
}

// Failed delivers the first failure of the disk, once. The process should end then.
func (p *Pebble) Failed() <-chan error { return p.failure.first }

// Close gives the directory back. It must be called once, after the last of the other
// calls. It returns the first failure of the disk, if there was one.
func (p *Pebble) Close() error {
	if err := p.db.Close(); err != nil {
		p.failure.report(err)
	}
	if err := p.failure.get(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// measure reads how far the log and the state reach.
func (p *Pebble) measure() error {
	d := newDecoder()
	if err := p.scan(&pebble.IterOptions{UpperBound: []byte{appliedPrefix + 1}}, d.add); err != nil {
		return err
	}
	p.extent.applied = d.disk.State.Applied
	log, err := p.db.NewIter(&pebble.IterOptions{LowerBound: []byte{logPrefix}, UpperBound: []byte{logPrefix + 1}})
	if err != nil {
		return err
	}
	if log.Last() {
		p.extent.last, err = logIndex(log.Key())
	}
	if closing := log.Close(); err == nil {
		err = closing
	}
	return err
}

// scan visits the records within the bounds in the order of their keys. It returns the
// first error of the visits, else that of the iterator.
func (p *Pebble) scan(bounds *pebble.IterOptions, visit func(key, value []byte) error) error {
	iter, err := p.db.NewIter(bounds)
	if err != nil {
		return err
	}
	for valid := iter.First(); valid && err == nil; valid = iter.Next() {
		err = visit(iter.Key(), iter.Value())
	}
	if closing := iter.Close(); err == nil {
		err = closing
	}
	return err
}

func (p *Pebble) write(wait *pebble.WriteOptions, fill func(b *pebble.Batch) error) error {
	return p.failure.guard(func() error {
		b := p.db.NewBatch()
		if err := fill(b); err != nil {
			return err
		}
		if b.Empty() {
			return b.Close()
		}
		if err := b.Commit(wait); err != nil {
			return err
		}
		return b.Close()
	})
}

// putEffect adds one Persist effect to a batch that follows a log ending at last.
func putEffect(b *pebble.Batch, effect replica.Persist, last uint64) error {
	if effect.Hard != nil {
		if err := b.Set([]byte{hardPrefix}, codec.Marshal(*effect.Hard), nil); err != nil {
			return err
		}
	}
	if len(effect.Entries) == 0 {
		return nil
	}
	if first := effect.Entries[0].Index; first <= last {
		if err := b.DeleteRange(logKey(first), logKey(last+1), nil); err != nil {
			return err
		}
	}
	for _, entry := range effect.Entries {
		if err := b.Set(logKey(entry.Index), codec.Marshal(entry), nil); err != nil {
			return err
		}
	}
	return nil
}

func putChange(b *pebble.Batch, change kv.Change) error {
	if err := putAll(b, itemPrefix, change.Items); err != nil {
		return err
	}
	if err := putAll(b, sessionPrefix, change.Sessions); err != nil {
		return err
	}
	return b.Set([]byte{appliedPrefix}, binary.BigEndian.AppendUint64(nil, change.Applied), nil)
}

func putAll[V any](b *pebble.Batch, prefix byte, values map[string]*V) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key, value := nameKey(prefix, name), values[name]
		if value == nil {
			if err := b.Delete(key, nil); err != nil {
				return err
			}
		} else if err := b.Set(key, codec.Marshal(*value), nil); err != nil {
			return err
		}
	}
	return nil
}
